using L4Proxy.Hosting;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Options;

/// <summary>Section <c>log</c>.</summary>
internal sealed record LogOptions
{
    public LogFormat Format { get; init; }

    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Whether the end of each connection is logged at level info; without it, at debug.</summary>
    public bool Access { get; init; }
}
