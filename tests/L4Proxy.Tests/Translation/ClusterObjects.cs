using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.Tests.Translation;

/// <summary>Objects of a cluster as tests need them: one namespace, one port, the node n1.</summary>
internal static class ClusterObjects
{
    public static TranslationOptions Options { get; } = new() { Listen = ListenMode.ProxyPorts, NodeName = "n1" };

    /// <summary>A Service with cluster IP 172.20.0.1, or 172.20.1.1 and so on for the names a and so on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="form">Type, and after slashes the policy for inside and outside: <c>local</c>, or nothing.</param>
    public static Service Service(string name, string form = "ClusterIP")
    {
        string[] parts = form.Split('/');
        string? Policy(int index) => parts.Length > index && parts[index] == "local" ? "Local" : null;
        return new Service
        {
            Metadata = new ObjectMeta { Namespace = "default", Name = name },
            Spec = new ServiceSpec
            {
                Type = parts[0],
                ClusterIP = name is [var letter] ? $"172.20.1.{letter - 'a' + 1}" : "172.20.0.1",
                IPFamilies = ["IPv4"],
                Ports = [new ServicePort { Name = "http", Port = 80, NodePort = parts[0] == "ClusterIP" ? null : 30080 }],
                InternalTrafficPolicy = Policy(1),
                ExternalTrafficPolicy = Policy(2),
            },
        };
    }

    public static EndpointSlice Slice(string service, params IReadOnlyList<SliceEndpoint> endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = "default",
            Name = $"{service}-1",
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [EndpointSlice.ServiceNameLabel] = service },
        },
        AddressType = "IPv4",
        Ports = [new EndpointPort { Name = "http", Port = 8080 }],
        Endpoints = endpoints,
    };

    public static SliceEndpoint Endpoint(string address, string? node = null) => new() { Addresses = [address], NodeName = node };

    public static Node Node(string? zone = null, params IReadOnlyList<string> internalIPs) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = "n1",
            Labels = zone is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["topology.kubernetes.io/zone"] = zone },
        },
        Status = new NodeStatus { Addresses = [.. internalIPs.Select(ip => new NodeAddress { Type = "InternalIP", Address = ip })] },
    };

    /// <summary>The objects as n1 in zone z1 serves them.</summary>
    public static TranslationResult Build(Service service, params EndpointSlice[] slices)
    {
        LiveTranslator translator = new(Options, new FakeHost());
        foreach (EndpointSlice slice in slices)
        {
            translator.Set(slice);
        }

        translator.Set(service);
        translator.SetNode(Node("z1"));
        return translator.Build();
    }
}
