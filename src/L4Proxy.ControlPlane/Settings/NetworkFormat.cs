using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>A network in CIDR form (RFC 4632, RFC 4291); bits after the prefix are ignored, as kube-proxy ignores them.</summary>
public sealed class NetworkFormat : ValueFormat<IPNetwork>
{
    public override string Allowed => "a network such as 10.244.0.0/16 or fd00:10:244::/56";

    public override bool TryParse(string text, out IPNetwork value) => NetworkLiteral.TryParse(text, out value);

    public override string Format(IPNetwork value) => value.ToString();
}
