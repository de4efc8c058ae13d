namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>Identity of an object.</summary>
/// <param name="Kind">API name of the kind.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Name">Name.</param>
public readonly record struct ObjectId(string Kind, string Namespace, string Name)
{
    public static ObjectId Of(IKubernetesObject value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new ObjectId(value.Kind, value.Metadata.Namespace, value.Metadata.Name);
    }

    /// <summary><c>Service default/web</c>, the form used in problems.</summary>
    public override string ToString() => $"{Kind} {Namespace}/{Name}";
}
