using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>What needs a network of its own: a firewall that drops, and a host without free ports.</summary>
public sealed class NamespaceTests : ForwardTest
{
    [Theory, MemberData(nameof(Engines))]
    public async Task FirewallDropsOneOfThree_ClientsAreHedged_AndSoonDoNotNoticeIt(string engine)
    {
        Requires.Program("iptables");
        await using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await using TcpBackend dropped = StartInside(space, "d\n");
        await using TcpBackend b = StartInside(space, "b\n");
        await using TcpBackend c = StartInside(space, "c\n");
        await space.RunAsync("iptables", "-A", "INPUT", "-p", "tcp", "--dport", $"{dropped.EndPoint.Port}", "-j", "DROP");
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(
            engine, [dropped.EndPoint, b.EndPoint, c.EndPoint], prefix: space.Prefix);

        var took = new List<double>();
        for (int i = 0; i < 60; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.NotNull(await AskInsideAsync(space, proxy.EndPoint));
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        // Three hedges after 100 ms each eject it; the attempt timeout of 1 s is never waited for.
        Assert.True(took.Max() < 1000, $"a client waited {took.Max():0} ms");
        Assert.True(took.Skip(12).Order().ElementAt(24) < 20, "the median client still waits after the ejection");
        Assert.Equal(0, dropped.Accepted);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task FirewallDropsTheOnlyEndpoint_ClientIsResetAfterTheAttemptTimeout(string engine)
    {
        Requires.Program("iptables");
        await using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await using TcpBackend dropped = StartInside(space, "d\n");
        await space.RunAsync("iptables", "-A", "INPUT", "-p", "tcp", "--dport", $"{dropped.EndPoint.Port}", "-j", "DROP");
        await using L4ProxyProcess proxy = await L4ProxyProcess.ForwardAsync(engine, [dropped.EndPoint], prefix: space.Prefix);

        long start = Stopwatch.GetTimestamp();
        using TcpPeer client = await space.InsideAsync(() => TcpPeer.ConnectAsync(proxy.EndPoint));
        Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync());

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(950), TimeSpan.FromSeconds(4));
        await proxy.Process.WaitForAsync("end=sC");
    }

    /// <summary>A hundred ports to one destination: more connections fail, are told why, and a second endpoint doubles them.</summary>
    [Theory, MemberData(nameof(Engines))]
    public async Task LocalPortsRunOut_RestIsResetWithTheReason_SecondEndpointDoublesThem(string engine)
    {
        const int Ports = 100;
        await using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await using TcpBackend a = StartInside(space, "a\n");
        await using TcpBackend b = StartInside(space, "b\n");
        await using L4ProxyProcess one = await L4ProxyProcess.ForwardAsync(engine, [a.EndPoint], prefix: space.Prefix);
        await using L4ProxyProcess two = await L4ProxyProcess.ForwardAsync(engine, [a.EndPoint, b.EndPoint], prefix: space.Prefix);
        await space.RunAsync("sysctl", "-qw", "net.ipv4.ip_local_port_range=20000 20099");

        List<TcpPeer> held = await HoldAsync(space, one.EndPoint, Ports + 20, firstPort: 30_000);
        Assert.InRange(held.Count, Ports - 10, Ports);
        await one.Process.WaitForAsync("end=RC");
        Assert.False(one.Process.HasExited);
        await CloseAsync(held, a);

        // TIME_WAIT holds the ports towards the first endpoint that its proxy closed first; the other's are all free.
        held = await HoldAsync(space, two.EndPoint, (2 * Ports) + 20, firstPort: 31_000);
        Assert.InRange(held.Count, Ports + 10, 2 * Ports);
        await PingAsync(held[0]);
        await CloseAsync(held, a, b);
        Assert.Equal(0, await two.StopAsync());
    }

    private static TcpBackend StartInside(NetworkNamespace space, string name) =>
        space.Inside(() => TcpBackend.Start(IPFamily.IPv4, Scripts.Banner(name)));

    private static async Task<string> AskInsideAsync(NetworkNamespace space, IPEndPoint target)
    {
        using TcpPeer client = await space.InsideAsync(() => TcpPeer.ConnectAsync(target));
        return await ReadNameAsync(client);
    }

    /// <summary>Connects so often, from ports that the proxy does not get, and keeps those that are served.</summary>
    private static async Task<List<TcpPeer>> HoldAsync(NetworkNamespace space, IPEndPoint target, int count, int firstPort)
    {
        var held = new List<TcpPeer>();
        for (int i = 0; i < count; i++)
        {
            var options = new TcpPeerOptions { LocalAddress = IPAddress.Loopback, LocalPort = firstPort + i };
            if (await TryHoldAsync(space, target, options) is { } client)
            {
                held.Add(client);
            }
        }

        return held;
    }

    private static async Task<TcpPeer?> TryHoldAsync(NetworkNamespace space, IPEndPoint target, TcpPeerOptions options)
    {
        TcpPeer? client = null;
        try
        {
            client = await space.InsideAsync(() => TcpPeer.ConnectAsync(target, options));
            if ((await ReadNameAsync(client)).Length > 0)
            {
                return client;
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Not served: there was no port for it.
        }

        client?.Dispose();
        return null;
    }

    private static async Task CloseAsync(List<TcpPeer> held, params TcpBackend[] backends)
    {
        held.ForEach(c => c.Reset());
        foreach (TcpBackend backend in backends)
        {
            await Eventually.Equal(0, () => backend.Active);
        }
    }
}
