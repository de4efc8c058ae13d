using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using L4Proxy.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.SystemTests.Ipvs;

/// <summary>The virtual machine as a node, with Pods of both families and a client from outside in namespaces.</summary>
internal sealed class IpvsNode : IAsyncDisposable
{
    public static readonly IPAddress Outside = IPAddress.Parse("192.168.77.254");
    public static readonly IPAddress NodeAddress = IPAddress.Parse("192.168.77.1");

    private readonly NetworkNamespace _pods;
    private readonly NetworkNamespace _outside;
    private readonly List<TcpBackend> _backends = [];

    private IpvsNode(NetworkNamespace pods, NetworkNamespace outside)
    {
        _pods = pods;
        _outside = outside;
        Backend = NewBackend();
    }

    public ManualTimeProvider Time { get; } = new();

    public IpvsBalancing Backend { get; private set; }

    /// <summary>Endpoints, three of each family, each of which says its address, and then echoes.</summary>
    public ImmutableArray<IPEndPoint> Endpoints => [.. _backends.Select(b => b.EndPoint)];

    public static async Task<IpvsNode> CreateAsync()
    {
        IReadOnlyList<NetworkNamespace> spaces = await NetworkNamespace.CreateAsync(2);
        IpvsNode node = new(spaces[0], spaces[1]);
        await File.WriteAllTextAsync("/proc/sys/net/ipv6/conf/all/forwarding", "1");

        // Of link-local addresses; the others are added without the detection of duplicates.
        await File.WriteAllTextAsync("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        await ChildProcess.RunWithInputAsync(
            $"""
            link add pods0 type veth peer name eth0 netns {spaces[0].Name}
            link add out0 type veth peer name eth0 netns {spaces[1].Name}
            link set pods0 up
            link set out0 up
            address add 10.244.1.1/24 dev pods0
            address add fd00:10:244::1/64 dev pods0 nodad
            address add {NodeAddress}/24 dev out0

            """,
            "ip", "-batch", "-");
        await spaces[0].ConfigureAsync("link set eth0 up\n" + string.Concat(Enumerable.Range(11, 3).Select(
            i => $"address add 10.244.1.{i}/24 dev eth0\naddress add fd00:10:244::{i}/64 dev eth0 nodad\n")) + "route add default via 10.244.1.1\nroute add default via fd00:10:244::1\n");
        await spaces[1].ConfigureAsync($"link set eth0 up\naddress add {Outside}/24 dev eth0\nroute add default via {NodeAddress}\n");
        foreach (string prefix in (string[])["10.244.1.", "fd00:10:244::"])
        {
            foreach (int i in Enumerable.Range(11, 3))
            {
                IPEndPoint address = new(IPAddress.Parse($"{prefix}{i}"), 8080);
                node._backends.Add(spaces[0].Inside(() => TcpBackend.Start(address, Scripts.Banner($"{address.Address}\n"))));
            }
        }

        await HasSettledAsync();
        return node;
    }

    /// <summary>What a Service port of one family looks like; every part can be replaced.</summary>
    public ServiceRules Service(string name, string clusterIP, int port = 80) => new()
    {
        Key = new ServicePortKey("default", name, "", ServiceProtocol.Tcp),
        Port = port,
        ClusterIPs = [IPAddress.Parse(clusterIP)],
        ClusterEndpoints = [.. Endpoints.Where(e => e.AddressFamily == IPAddress.Parse(clusterIP).AddressFamily)],
        HasAnyEndpoint = true,
    };

    /// <summary>Services of both families, told by their cluster IPs.</summary>
    public static RulesState State(params IEnumerable<ServiceRules> services) => new(
        Family(AddressFamily.InterNetwork, "10.244.0.0/16", services), Family(AddressFamily.InterNetworkV6, "fd00:10:244::/48", services));

    public Task ApplyAsync(RulesState state, bool full = false) => Backend.ApplyAsync(state, full, TestContext.Current.CancellationToken);

    /// <summary>Does as a new process would.</summary>
    public async Task RestartAsync()
    {
        await Backend.DisposeAsync();
        Backend = NewBackend();
    }

    /// <summary>A connection of the node itself, whose endpoint has said who it is.</summary>
    public static async Task<(TcpPeer Client, string Name)> ConnectAsync(IPEndPoint target)
    {
        TcpPeer client = await TcpPeer.ConnectAsync(target);
        return (client, await ReadLineAsync(client));
    }

    public static async Task<string> AskAsync(IPEndPoint target)
    {
        (TcpPeer client, string name) = await ConnectAsync(target);
        client.Dispose();
        return name;
    }

    public async Task<string> AskFromOutsideAsync(IPEndPoint target)
    {
        using TcpPeer client = await _outside.InsideAsync(() => TcpPeer.ConnectAsync(target));
        return await ReadLineAsync(client);
    }

    /// <summary>Who serves so many connections of the node, and how often.</summary>
    public static async Task<Dictionary<string, int>> CountAsync(IPEndPoint target, int connections)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        for (int i = 0; i < connections; i++)
        {
            string name = await AskAsync(target);
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        return counts;
    }

    /// <summary>How a connection fails.</summary>
    public static async Task<SocketError> FailAsync(IPEndPoint target) =>
        (await Assert.ThrowsAsync<SocketException>(() => TcpPeer.ConnectAsync(target))).SocketErrorCode;

    public async ValueTask DisposeAsync()
    {
        await Backend.CleanUpAsync(CancellationToken.None);
        await Backend.DisposeAsync();
        foreach (TcpBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }

        await _pods.DisposeAsync();
        await _outside.DisposeAsync();
        await Eventually.True(() => !Directory.Exists("/sys/class/net/pods0") && !Directory.Exists("/sys/class/net/out0"));
    }

    /// <summary>The kernel gives new devices their link-local addresses (scope 20 of this file) some time after they are up.</summary>
    private static Task HasSettledAsync() => Eventually.True(
        () => File.ReadLines("/proc/net/if_inet6").Count(l => l.Contains(" 20 ") && (l.EndsWith("pods0") || l.EndsWith("out0"))) == 2);

    private IpvsBalancing NewBackend() => new(new RulesOptions(), new HostTools(), NullLogger.Instance, Time);

    private static FamilyRules Family(AddressFamily family, string pods, IEnumerable<ServiceRules> services) => new()
    {
        Family = family,
        Services = [.. services.Where(s => s.ClusterIPs[0].AddressFamily == family)],
        PodNetworks = [IPNetwork.Parse(pods)],
        NodePortsOnAllAddresses = true,
    };

    private static async Task<string> ReadLineAsync(TcpPeer client)
    {
        string text = "";
        while (!text.EndsWith('\n'))
        {
            text += await client.ReceiveTextAsync(1);
        }

        return text.TrimEnd();
    }
}
