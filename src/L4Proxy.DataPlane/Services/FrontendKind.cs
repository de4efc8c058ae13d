namespace L4Proxy.DataPlane.Services;

/// <summary>Why a Service port listens on an address.</summary>
public enum FrontendKind : byte
{
    /// <summary>The Service's cluster IP, which this host can bind.</summary>
    ClusterIP,

    /// <summary>The configured bind address, in place of a cluster IP that this host cannot bind.</summary>
    HostPort,

    NodePort,

    ExternalIP,

    LoadBalancer,

    /// <summary>A listener given on the command line.</summary>
    Forward,

    /// <summary>
    /// The listener of all frontends with <see cref="FrontendEntry.Captured"/> of its family: where a connection was meant to go says
    /// which of them serves it.
    /// </summary>
    Capture,
}
