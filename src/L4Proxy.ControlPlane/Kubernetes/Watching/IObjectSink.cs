namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Takes changes of objects. Called from several threads.</summary>
internal interface IObjectSink
{
    /// <summary>One object changed.</summary>
    void Changed(ObjectChange change);

    /// <summary>A list is complete, and these are the changes that it brings: all of them apply at once.</summary>
    void Listed(ResourceScope scope, IReadOnlyList<ObjectChange> changes);
}
