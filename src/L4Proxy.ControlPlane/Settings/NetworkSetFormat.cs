using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>Networks in CIDR form, separated by commas, or the word <c>none</c>.</summary>
public sealed class NetworkSetFormat : ValueFormat<NetworkSet>
{
    private const string Word = "none";

    private static readonly NetworkFormat s_network = new();

    public override string Allowed => $"networks such as 10.0.0.0/8,fd00::/8 separated by commas, or {Word}";

    public override bool TryParse(string text, out NetworkSet value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = NetworkSet.Empty;
        if (string.Equals(text, Word, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        List<IPNetwork> networks = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!s_network.TryParse(part, out IPNetwork network))
            {
                return false;
            }

            networks.Add(network);
        }

        value = NetworkSet.Of(networks);
        return true;
    }

    public override string Format(NetworkSet value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.IsEmpty ? Word : value.ToString();
    }
}
