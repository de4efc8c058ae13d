using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Values that occur in several kinds of object.</summary>
internal static class FieldExtensions
{
    private static readonly string[] s_protocols = ["TCP", "UDP", "SCTP"];

    public static string? Protocol(this Field field) => field.OneOf(s_protocols);

    /// <summary>A number that must be there.</summary>
    public static int RequiredPort(this Field field)
    {
        if (!field.IsSet)
        {
            field.Error("missing; a number from 1 to 65535 is needed");
        }

        return field.Integer(1, 65535) ?? 0;
    }

    /// <summary>An address that a listener may have.</summary>
    public static string? Address(this Field field)
    {
        string? text = field.String();
        if (!string.IsNullOrEmpty(text) && !EndpointAddressText.TryParse(text, out _))
        {
            field.Error($"'{Shown.Text(text)}' is not allowed; allowed is {EndpointAddressText.Allowed}");
        }

        return text;
    }

    /// <summary>An address that must be there, and of a family when one is given.</summary>
    public static string RequiredAddress(this Field field, AddressFamily? family = null)
    {
        string? text = field.Address();
        if (string.IsNullOrEmpty(text))
        {
            field.Error($"missing; {EndpointAddressText.Allowed} is needed");
        }
        else if (family is { } wanted && IPLiteral.TryParse(text, out IPAddress? address) && address.AddressFamily != wanted)
        {
            field.Error($"'{text}' is not {(wanted == AddressFamily.InterNetwork ? "IPv4" : "IPv6")}, which addressType says");
        }

        return text ?? "";
    }

    /// <summary>A name that, when it is there, follows a rule.</summary>
    public static string? Label(this Field field)
    {
        string? text = field.String();
        if (!string.IsNullOrEmpty(text) && !KubernetesNames.IsLabel(text))
        {
            field.Error($"'{Shown.Text(text)}' is not allowed; allowed is {KubernetesNames.LabelRule}");
        }

        return text;
    }

    public static EndpointPort EndpointPort(this Field field) => new()
    {
        Name = field["name"].Label(),
        Port = field["port"].Integer(1, 65535),
        Protocol = field["protocol"].Protocol(),
        AppProtocol = field["appProtocol"].String(),
    };

    public static ObjectReference? Reference(this Field field) => field.Map(f => new ObjectReference
    {
        Kind = f["kind"].String(),
        Namespace = f["namespace"].String(),
        Name = f["name"].String(),
    });
}
