using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>An IPv4 or IPv6 address.</summary>
public sealed class AddressFormat : ValueFormat<IPAddress>
{
    public override string Allowed => "an IPv4 or IPv6 address such as 127.0.0.1, 0.0.0.0 or ::1";

    public override bool TryParse(string text, out IPAddress value)
    {
        bool allowed = IPLiteral.TryParse(text, out IPAddress? address);
        value = address ?? IPAddress.None;
        return allowed;
    }

    public override string Format(IPAddress value) => value.ToString();
}
