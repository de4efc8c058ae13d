namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>What every object has.</summary>
public interface IKubernetesObject
{
    /// <summary>API name of the kind, such as <c>Service</c>.</summary>
    string Kind { get; }

    ObjectMeta Metadata { get; }
}
