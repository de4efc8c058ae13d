using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>One change of one object.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Id">The object.</param>
internal readonly record struct ObjectChange(ObjectChangeKind Kind, ObjectId Id)
{
    /// <summary>The object as it is now; null unless <see cref="ObjectChangeKind.Set"/>.</summary>
    public IKubernetesObject? Value { get; init; }

    /// <summary>What is wrong; null unless <see cref="ObjectChangeKind.Faulty"/>.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What caused the change, when the object says it.</summary>
    public DateTimeOffset? Triggered { get; init; }
}
