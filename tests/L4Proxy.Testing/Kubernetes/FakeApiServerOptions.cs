using L4Proxy.Testing.Processes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>How a <see cref="FakeApiServer"/> begins; all that tests change while it runs is on the server itself.</summary>
public sealed record FakeApiServerOptions
{
    /// <summary>HTTPS with a certificate of the server's own authority, HTTP/2 offered; otherwise plain HTTP/1.1.</summary>
    public bool UsesTls { get; init; }

    /// <summary>Whether HTTP/2 is offered over TLS, as the real server does.</summary>
    public bool OffersHttp2 { get; init; } = true;

    /// <summary>How a watch with <c>sendInitialEvents</c> is answered.</summary>
    public WatchListSupport WatchList { get; init; } = WatchListSupport.Enabled;

    /// <summary>Time between bookmarks of a quiet watch; the real server's is a minute.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Changes kept for each resource; watches from before them begin with 410.</summary>
    public int HistoryLimit { get; init; } = 20_000;

    /// <summary>Whose loopback interface it listens on; null for that of this process.</summary>
    public NetworkNamespace? Inside { get; init; }

    /// <summary>Where the resourceVersions begin.</summary>
    public long FirstVersion { get; init; } = 200;
}
