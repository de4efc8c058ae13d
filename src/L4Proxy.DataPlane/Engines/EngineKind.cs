namespace L4Proxy.DataPlane.Engines;

/// <summary>Which engine carries the bytes.</summary>
public enum EngineKind : byte
{
    /// <summary>Linux where it can run, else Portable.</summary>
    Auto,

    /// <summary>Event loops on epoll and splice.</summary>
    Linux,

    /// <summary>System.IO.Pipelines over Kestrel's socket transport: any operating system.</summary>
    Portable,
}
