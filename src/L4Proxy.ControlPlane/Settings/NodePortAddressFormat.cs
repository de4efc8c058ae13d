using System.Net;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>One item of the list of addresses that node ports listen on.</summary>
public sealed class NodePortAddressFormat : ValueFormat<NodePortAddress>
{
    public override string Allowed => "an IP address, a CIDR such as 192.0.2.0/24, primary or all";

    public override bool TryParse(string text, out NodePortAddress value)
    {
        value = NodePortAddress.All;
        switch (text)
        {
            case "all":
                return true;
            case "primary":
                value = NodePortAddress.Primary;
                return true;
        }

        if (IPLiteral.TryParse(text, out IPAddress? address))
        {
            value = NodePortAddress.Of(address);
            return true;
        }

        bool isNetwork = NetworkLiteral.TryParse(text, out IPNetwork network);
        value = isNetwork ? NodePortAddress.Of(network) : value;
        return isNetwork;
    }

    public override string Format(NodePortAddress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.ToString();
    }
}
