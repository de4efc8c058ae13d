using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.Balancing;

/// <summary>Small Services to balance over: endpoint i is 10.0.x.y:80, or [fd00::x.y]:80 where it is to be of IPv6.</summary>
internal static class Sample
{
    public static readonly ServicePortKey Key = new("test", "web", "http", ServiceProtocol.Tcp);

    public static IPEndPoint Address(int index) => new(new IPAddress([10, 0, (byte)(index / 250), (byte)(1 + (index % 250))]), 80);

    public static EndpointEntry Endpoint(int index, int weight = 1, bool usable = true) =>
        new() { Address = Address(index), Weight = weight, Usable = usable };

    public static EndpointEntry EndpointIPv6(int index)
    {
        EndpointEntry endpoint = Endpoint(index);
        byte[] bytes = [0xFD, .. new byte[11], .. endpoint.Address.Address.GetAddressBytes()];
        return endpoint with { Address = new IPEndPoint(new IPAddress(bytes), 80) };
    }

    public static FrontendEntry Frontend(EndpointScope fromInside = EndpointScope.Cluster, EndpointScope fromOutside = EndpointScope.Cluster) =>
        new(new IPEndPoint(IPAddress.Loopback, 80), FrontendKind.NodePort) { FromInside = fromInside, FromOutside = fromOutside };

    public static ClientAddress Client(int index, int port = 40000) => ClientAddress.FromIPv4(0xC0A8_0000 + (uint)index, (ushort)port);

    public static ClientAddress ClientIPv6(int index) => new(new UInt128(0xFD01_0000_0000_0000, (ulong)index), 40000);

    public static ServiceEntry Entry(ServiceOptions options, params IEnumerable<EndpointEntry> endpoints) =>
        new() { Key = Key, Frontends = [], Endpoints = [.. endpoints], Options = options };

    public static ServiceEntry Entry(ServiceOptions options, int endpoints) =>
        Entry(options, Enumerable.Range(0, endpoints).Select(i => Endpoint(i)));

    public static ServiceState Service(ServiceOptions options, int endpoints) => new(Entry(options, endpoints), counterSlots: 1);

    public static ServiceState Service(ServiceOptions options, params IEnumerable<EndpointEntry> endpoints) =>
        new(Entry(options, endpoints), counterSlots: 1);

    public static ServiceState Service(int endpoints) => Service(ServiceOptions.Default, endpoints);

    public static ServiceState Weighted(BalanceMethod method, params int[] weights) =>
        Service(new ServiceOptions { Balance = method }, weights.Select((w, i) => Endpoint(i, w)));

    /// <summary>The state of endpoint <paramref name="index"/>.</summary>
    public static EndpointState At(this ServiceState service, int index) =>
        service.Current.Known.Single(e => e.Index() == index);

    /// <summary>The policy's choice: an index into the members of the pool.</summary>
    public static int PickIndex(this ServiceState service, ClientAddress client = default, int attempt = 0) =>
        service.Current.Policy.Pick(service.Current.Cluster.Pool, client.Address, attempt);

    public static EndpointState PickEndpoint(this ServiceState service, ClientAddress client = default) =>
        service.Current.Cluster.Pool.Members[service.PickIndex(client)];

    /// <summary>How often each endpoint is picked.</summary>
    public static int[] CountPicks(this ServiceState service, int endpoints, int picks)
    {
        int[] counts = new int[endpoints];
        for (int i = 0; i < picks; i++)
        {
            counts[service.PickEndpoint().Index()]++;
        }

        return counts;
    }

    /// <summary>Which endpoint a state belongs to.</summary>
    public static int Index(this EndpointState endpoint) => Index(endpoint.Address);

    public static int Index(IPEndPoint address)
    {
        byte[] bytes = address.Address.GetAddressBytes();
        return (bytes[^2] * 250) + bytes[^1] - 1;
    }
}
