namespace L4Proxy.ControlPlane.Kubernetes;

/// <summary>Name of an object that lives in a namespace.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary><c>default/web</c>.</summary>
    public override string ToString() => $"{Namespace}/{Name}";
}
