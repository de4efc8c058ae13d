using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Testing.Proxies;

/// <summary>What a test wants of its proxy.</summary>
public sealed record ProxyFixtureOptions
{
    public EngineOptions Engine { get; init; } = new();

    public ServiceOptions Service { get; init; } = new();

    /// <summary>The clock that the server is given.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether connections may be left open at the end, to be cut by the stop.</summary>
    public bool MayCut { get; init; }
}
