using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads a v1 Node.</summary>
internal static class NodeReader
{
    public static Node Read(Field root, ObjectMeta metadata) => new()
    {
        Metadata = metadata,
        Spec = root["spec"].Map(ReadSpec),
        Status = root["status"].Map(status => new NodeStatus { Addresses = status["addresses"].Objects(ReadAddress) }),
    };

    private static NodeSpec ReadSpec(Field spec)
    {
        List<string> networks = spec["podCIDRs"].List(Network);
        Field first = spec["podCIDR"];
        return new NodeSpec
        {
            // The API server fills in one of the two from the other.
            PodCIDRs = networks.Count == 0 && first.IsSet ? [Network(first)] : networks,
            Taints = spec["taints"].Objects(taint => new NodeTaint { Key = taint["key"].String() }),
        };
    }

    private static string Network(Field field)
    {
        string text = field.String() ?? "";
        if (!NetworkLiteral.TryParse(text, out _))
        {
            field.Error($"'{Shown.Text(text)}' is not allowed; allowed is a network such as 192.0.2.0/24");
        }

        return text;
    }

    private static NodeAddress ReadAddress(Field address)
    {
        string? type = address["type"].String();
        Field value = address["address"];
        // The others are names, or of no use here.
        return new NodeAddress { Type = type, Address = type == "InternalIP" ? value.RequiredAddress() : value.String() };
    }
}
