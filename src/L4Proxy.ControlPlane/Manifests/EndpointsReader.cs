using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads v1 Endpoints.</summary>
internal static class EndpointsReader
{
    public static Endpoints Read(Field root, ObjectMeta metadata) => new()
    {
        Metadata = metadata,
        Subsets = root["subsets"].Objects(subset => new EndpointSubset
        {
            Addresses = subset["addresses"].Objects(ReadAddress),
            NotReadyAddresses = subset["notReadyAddresses"].Objects(ReadAddress),
            Ports = subset["ports"].Objects(f => f.EndpointPort()),
        }),
    };

    private static EndpointAddress ReadAddress(Field address) => new()
    {
        IP = address["ip"].RequiredAddress(),
        Hostname = address["hostname"].String(),
        NodeName = address["nodeName"].String(),
        TargetRef = address["targetRef"].Reference(),
    };
}
