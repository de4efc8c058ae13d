namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>What happened to an object.</summary>
internal enum ObjectChangeKind : byte
{
    /// <summary>It is new or different.</summary>
    Set,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It is new or different, but something in it is wrong: what was known before stays.</summary>
    Faulty,
}
