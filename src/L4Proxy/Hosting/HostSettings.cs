using L4Proxy.Admin;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>How the process as a whole runs, whatever its table comes from.</summary>
internal sealed record HostSettings
{
    public EngineKind Engine { get; init; }

    public EngineOptions EngineOptions { get; init; } = new();

    /// <summary>How long live connections are waited for at the first SIGTERM or SIGINT: 0 to 24 days.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    public LogFormat LogFormat { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether the end of each connection is logged at Information; without it, at Debug.</summary>
    public bool AccessLog { get; init; }

    /// <summary>
    /// File that is written when all listeners of the first table were tried, one line each (name, tab, real
    /// address), and removed at the end; null for none.
    /// </summary>
    public string? ReadyFile { get; init; }

    /// <summary>HTTP endpoints of the node; null for none.</summary>
    public NodeEndpointOptions? NodeEndpoints { get; init; }

    /// <summary>Rules in the kernel; null when this run has nothing to do with them.</summary>
    public RulesSettings? Rules { get; init; }

    /// <summary>What a Service port is called in the ready file.</summary>
    public Func<ServicePortKey, string> ReadyName { get; init; } = static key => key.ToString();

    /// <summary>
    /// Whether one frontend of the first table that cannot be bound ends the process. Otherwise it is reported and
    /// tried again, and only a first table of which nothing could be bound ends the process.
    /// </summary>
    public bool EveryListenerRequired { get; init; }
}
