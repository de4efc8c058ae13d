using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>
/// A node with a Pod that is an endpoint, a Pod that is a client, and the world outside with an endpoint of another node, each in a
/// network namespace. Endpoints answer on port 8080 with their own address and the client's.
/// </summary>
internal sealed class NftablesNode : IAsyncDisposable
{
    private readonly List<NetworkNamespace> _spaces = [];
    private readonly List<Socket> _listeners = [];

    private NftablesNode(IPFamily family) => IsIPv6 = family == IPFamily.IPv6;

    public bool IsIPv6 { get; }

    public NetworkNamespace Node => _spaces[0];

    public NetworkNamespace LocalPod => _spaces[1];

    public NetworkNamespace ClientPod => _spaces[2];

    public NetworkNamespace Outside => _spaces[3];

    public string NodeAddress => IsIPv6 ? "fd77::1" : "192.168.77.1";

    public string Gateway => IsIPv6 ? "fd44:1::1" : "10.244.1.1";

    public string LocalEndpoint => IsIPv6 ? "fd44:1::11" : "10.244.1.11";

    public string ClientAddress => IsIPv6 ? "fd44:1::99" : "10.244.1.99";

    public string RemoteEndpoint => IsIPv6 ? "fd44:2::11" : "10.244.2.11";

    public string OutsideAddress => IsIPv6 ? "2001:db8:7::7" : "198.51.100.7";

    public string PodNetwork => IsIPv6 ? "fd44::/16" : "10.244.0.0/16";

    public string ServiceNetwork => IsIPv6 ? "fd96::/112" : "10.96.0.0/16";

    /// <param name="family">The only family that there is but for link-local addresses.</param>
    /// <param name="withoutGatewayAddress">Whether the node's end of a Pod's link has no address of its own.</param>
    public static async Task<NftablesNode> CreateAsync(IPFamily family, bool withoutGatewayAddress = false)
    {
        Requires.Root();
        Requires.Program("nft");
        Requires.Family(family);
        var node = new NftablesNode(family);
        for (int i = 0; i < 4; i++)
        {
            NetworkNamespace space = await NetworkNamespace.CreateAsync();
            node._spaces.Add(space);
            await space.RunAsync("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0");
        }

        await node.Node.RunAsync("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        await node.LinkPodAsync(node.LocalPod, "pod0", node.LocalEndpoint, withoutGatewayAddress);
        await node.LinkPodAsync(node.ClientPod, "pod1", node.ClientAddress, withoutGatewayAddress);
        await node.LinkOutsideAsync();
        node.Serve(node.LocalPod, node.LocalEndpoint);
        node.Serve(node.Outside, node.RemoteEndpoint);
        return node;
    }

    public string Service(int number) => IsIPv6 ? $"fd96::{number:x}" : $"10.96.1.{number}";

    public string External(int number) => IsIPv6 ? $"2001:db8:203::{number:x}" : $"203.0.113.{number}";

    public string Socket(string address, int port) => new IPEndPoint(IPAddress.Parse(address), port).ToString();

    /// <summary>
    /// What a client sees: the endpoint that answers and the client's address that it saw, <c>refused</c>, or <c>timeout</c> after
    /// a time in which anything here would have answered, even to the first retransmission of a SYN (RFC 6298: 1 s).
    /// </summary>
    public Task<string> TryAsync(NetworkNamespace from, string source, string address, int port) =>
        from.InsideAsync(async () =>
        {
            using var socket = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(1500));
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
                await socket.ConnectAsync(IPEndPoint.Parse(Socket(address, port)), deadline.Token);
                byte[] answer = new byte[200];
                int length = await socket.ReceiveAsync(answer, deadline.Token);
                return Encoding.ASCII.GetString(answer, 0, length);
            }
            catch (OperationCanceledException)
            {
                return "timeout";
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode == SocketError.ConnectionRefused ? "refused" : e.SocketErrorCode.ToString();
            }
        });

    /// <summary>The distinct outcomes of many tries, in order.</summary>
    public async Task<string> TryOftenAsync(NetworkNamespace from, string source, string address, int port)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 16; i++)
        {
            _ = seen.Add(await TryAsync(from, source, address, port));
            if (seen.Contains("timeout") || seen.Contains("refused"))
            {
                break;
            }
        }

        return string.Join(" | ", seen);
    }

    /// <summary>Standard output of a command on the node.</summary>
    public async Task<string> ReadAsync(params IReadOnlyList<string> command)
    {
        await using ChildProcess process = ChildProcess.Start([.. Node.Prefix, .. command]);
        Xunit.Assert.Equal(0, await process.WaitForExitAsync());
        return process.Output;
    }

    /// <summary>Answers connections to an address in a namespace, until the end of the test.</summary>
    public void Serve(NetworkNamespace space, string address, int port = 8080)
    {
        Socket listener = space.Inside(() =>
        {
            var socket = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            socket.Listen(128);
            return socket;
        });
        _listeners.Add(listener);
        _ = AnswerAsync(listener);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        foreach (NetworkNamespace space in _spaces)
        {
            await space.DisposeAsync();
        }
    }

    private static async Task AnswerAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                using Socket client = await listener.AcceptAsync();
                string answer = $"{((IPEndPoint)client.LocalEndPoint!).Address} saw {((IPEndPoint)client.RemoteEndPoint!).Address}";
                _ = await client.SendAsync(Encoding.ASCII.GetBytes(answer));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private int Host => IsIPv6 ? 128 : 32;

    private string[] Ip => IsIPv6 ? ["ip", "-6"] : ["ip"];

    private async Task LinkPodAsync(NetworkNamespace pod, string link, string address, bool withoutGatewayAddress)
    {
        await Node.RunAsync("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", pod.Name);
        await Node.RunAsync("ip", "link", "set", link, "up");
        await pod.RunAsync("ip", "link", "set", "eth0", "up");
        string[] nodad = IsIPv6 ? ["nodad"] : [];
        if (!withoutGatewayAddress)
        {
            await Node.RunAsync([.. Ip, "addr", "add", $"{Gateway}/{Host}", "dev", link, .. nodad]);
        }

        await Node.RunAsync([.. Ip, "route", "add", $"{address}/{Host}", "dev", link]);
        await pod.RunAsync([.. Ip, "addr", "add", $"{address}/{Host}", "dev", "eth0", .. nodad]);
        if (withoutGatewayAddress)
        {
            // Answers for others are otherwise delayed by up to 0.8 s (arp(7), proxy_delay).
            await Node.RunAsync(
                "sysctl",
                "-qw",
                $"net.ipv4.conf.{link}.proxy_arp=1",
                $"net.ipv6.conf.{link}.proxy_ndp=1",
                $"net.ipv4.neigh.{link}.proxy_delay=0",
                $"net.ipv6.neigh.{link}.proxy_delay=0");
            await Node.RunAsync("ip", "-6", "neigh", "add", "proxy", "fd44:1::1", "dev", link);
        }

        await pod.RunAsync([.. Ip, "route", "add", $"{Gateway}/{Host}", "dev", "eth0"]);
        await pod.RunAsync([.. Ip, "route", "add", "default", "via", Gateway, "dev", "eth0", .. IsIPv6 ? (string[])["onlink"] : []]);
    }

    private async Task LinkOutsideAsync()
    {
        string world = IsIPv6 ? "fd77::fe" : "192.168.77.254";
        int prefix = IsIPv6 ? 64 : 24;
        string[] nodad = IsIPv6 ? ["nodad"] : [];
        await Node.RunAsync("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", Outside.Name);
        await Node.RunAsync("ip", "link", "set", "eth0", "up");
        await Outside.RunAsync("ip", "link", "set", "eth0", "up");
        await Node.RunAsync([.. Ip, "addr", "add", $"{NodeAddress}/{prefix}", "dev", "eth0", .. nodad]);
        await Outside.RunAsync([.. Ip, "addr", "add", $"{world}/{prefix}", "dev", "eth0", .. nodad]);
        await Outside.RunAsync([.. Ip, "addr", "add", $"{RemoteEndpoint}/{Host}", "dev", "lo", .. nodad]);
        await Outside.RunAsync([.. Ip, "addr", "add", $"{OutsideAddress}/{Host}", "dev", "lo", .. nodad]);
        await Outside.RunAsync([.. Ip, "route", "add", "default", "via", NodeAddress]);
        await Node.RunAsync([.. Ip, "route", "add", "default", "via", world]);
    }
}
