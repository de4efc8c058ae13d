namespace L4Proxy.ControlPlane.Settings;

/// <summary>Namespace and name of a Service.</summary>
public sealed class ServiceNameFormat : ValueFormat<(string Namespace, string Name)>
{
    public override string Allowed => "NAMESPACE/NAME of a Service";

    public override bool TryParse(string text, out (string Namespace, string Name) value)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        value = slash < 0 ? default : (text[..slash], text[(slash + 1)..]);
        return slash >= 0 && ObjectNameFormat.IsName(value.Namespace) && ObjectNameFormat.IsName(value.Name);
    }

    public override string Format((string Namespace, string Name) value) => $"{value.Namespace}/{value.Name}";
}
