namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Identity of an object.</summary>
/// <param name="Kind">API name of the kind.</param>
/// <param name="Namespace">Namespace; empty for objects that have none.</param>
/// <param name="Name">Name.</param>
public readonly record struct ObjectId(string Kind, string Namespace, string Name)
{
    public static ObjectId Of(IKubernetesObject value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new ObjectId(value.Kind, value.Metadata.Namespace, value.Metadata.Name);
    }

    /// <summary><c>Service default/web</c> or <c>Node worker-1</c>, the form used in problems.</summary>
    public override string ToString() => Namespace.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
