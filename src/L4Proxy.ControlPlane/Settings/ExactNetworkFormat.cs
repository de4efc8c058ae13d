using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>A network in CIDR form whose address has no bits after the prefix: one that has some is more likely a mistake than a network.</summary>
public sealed class ExactNetworkFormat : ValueFormat<IPNetwork>
{
    public override string Allowed => "a network such as 10.96.0.0/16 or fd00:10:96::/112, with no bits set after its prefix";

    public override bool TryParse(string text, out IPNetwork value) =>
        NetworkLiteral.TryParse(text, out value) && IPLiteral.TryParse(text[..text.IndexOf('/', StringComparison.Ordinal)], out IPAddress? address)
        && address.Equals(value.BaseAddress);

    public override string Format(IPNetwork value) => value.ToString();
}
