using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads a discovery.k8s.io/v1 EndpointSlice.</summary>
internal static class EndpointSliceReader
{
    public static EndpointSlice Read(Field root, ObjectMeta metadata)
    {
        Field type = root["addressType"];
        if (!type.IsSet)
        {
            type.Error("missing; allowed is IPv4, IPv6, FQDN");
        }

        string addressType = type.OneOf("IPv4", "IPv6", "FQDN") ?? "";
        return new EndpointSlice
        {
            Metadata = metadata,
            AddressType = addressType,
            Endpoints = root["endpoints"].Objects(f => ReadEndpoint(f, addressType)),
            Ports = root["ports"].Objects(f => f.EndpointPort()),
        };
    }

    private static SliceEndpoint ReadEndpoint(Field endpoint, string addressType)
    {
        Field addresses = endpoint["addresses"];
        SliceEndpoint result = new()
        {
            Addresses = addresses.List(f => ReadAddress(f, addressType)),
            Conditions = endpoint["conditions"].Map(f => new EndpointConditions
            {
                Ready = f["ready"].Boolean(),
                Serving = f["serving"].Boolean(),
                Terminating = f["terminating"].Boolean(),
            }),
            Hostname = endpoint["hostname"].String(),
            NodeName = endpoint["nodeName"].String(),
            Zone = endpoint["zone"].String(),
            Hints = endpoint["hints"].Map(f => new EndpointHints
            {
                ForZones = f["forZones"].Objects(ReadHint),
                ForNodes = f["forNodes"].Objects(ReadHint),
            }),
            TargetRef = endpoint["targetRef"].Reference(),
        };
        if (result.Addresses.Count == 0)
        {
            addresses.Error("missing; an endpoint needs at least one address");
        }

        return result;
    }

    private static string ReadAddress(Field field, string addressType) => addressType switch
    {
        "IPv4" => field.RequiredAddress(AddressFamily.InterNetwork),
        "IPv6" => field.RequiredAddress(AddressFamily.InterNetworkV6),
        _ => field.String() ?? "",
    };

    private static HintTarget ReadHint(Field field) => new() { Name = field["name"].String() ?? "" };
}
