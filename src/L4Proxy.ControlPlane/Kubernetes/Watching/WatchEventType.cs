namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Type of a watch event.</summary>
internal enum WatchEventType : byte
{
    /// <summary>None that is known: left out, so that a newer server may have more of them.</summary>
    Unknown,
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}
