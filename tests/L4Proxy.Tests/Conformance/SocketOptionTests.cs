using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>What is set for sockets reaches them: on the client's side, on the endpoint's, and after a change.</summary>
public sealed class SocketOptionTests : ConformanceTest
{
    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task SourceAddress_OfTheEndpointsFamily_IsWhereDialsComeFrom(TestedEngine engine, IPFamily family)
    {
        Requires.Linux();
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        IPAddress source = IPAddress.Parse("127.0.0.7");
        ProxyFixture proxy = await ProxyAsync(engine, family, WithSource(source), backend.EndPoint);

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("x", await (await ConnectAsync(proxy)).ReceiveTextAsync(1));
            TcpPeer dialled = await backend.NextConnectionAsync();
            Assert.Equal(source, ((IPEndPoint)dialled.Socket.RemoteEndPoint!).Address);
        }
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task SourceAddress_OfTheOtherFamily_IsLeftAside(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        IPAddress other = family == IPFamily.IPv4 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        ProxyFixture proxy = await ProxyAsync(engine, family, WithSource(other), backend.EndPoint);

        Assert.True(await IsServedAsync(proxy.EndPoint));
    }

    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task SourceAddress_OfAnotherHost_ResetsAndIsCounted(TestedEngine engine, IPFamily family)
    {
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, WithSource(IPAddress.Parse("192.0.2.1")), backend.EndPoint);

        await AssertRefusedAsync(proxy.EndPoint);

        await proxy.ExpectEndAsync(CloseReason.ResourceExhausted);
        Assert.True(proxy.Server.Engine.Counters.LocalPortFailures > 0);
        Assert.Equal(0, backend.Accepted);
    }

    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task KeepAlive_IsSetOnBothSides(TestedEngine engine, IPFamily family)
    {
        Requires.Linux();
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, KeepAlive(1000), backend.EndPoint);

        TcpPeer client = await ConnectAsync(proxy);
        Assert.Equal("x", await client.ReceiveTextAsync(1));
        TcpPeer dialled = await backend.NextConnectionAsync();

        await AssertKeepAliveAsync(1000, proxy.EndPoint, client.LocalEndPoint);
        await AssertKeepAliveAsync(1000, (IPEndPoint)dialled.Socket.RemoteEndPoint!, backend.EndPoint);
    }

    /// <summary>A listening socket hands its options on at the handshake; these clients had theirs before the change.</summary>
    [Theory, EveryEngine(ProxyOnly = true)]
    public async Task OptionsChange_ClientsInTheBacklogGetTheNewOnes(TestedEngine engine, IPFamily family)
    {
        Requires.Linux();
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        var options = new ProxyFixtureOptions { Engine = new EngineOptions { Loops = 1 }, Service = KeepAlive(1000) with { MaxConnections = 1 } };
        ProxyFixture proxy = await ProxyAsync(engine, family, options, backend.EndPoint);
        TcpPeer first = await ConnectAsync(proxy);
        Assert.Equal("x", await first.ReceiveTextAsync(1));
        TcpPeer[] waiting = [await ConnectAsync(proxy), await ConnectAsync(proxy), await ConnectAsync(proxy)];

        await proxy.ApplyOptionsAsync(_ => KeepAlive(3000));

        foreach (TcpPeer client in waiting)
        {
            Assert.Equal("x", await client.ReceiveTextAsync(1));
            await AssertKeepAliveAsync(3000, proxy.EndPoint, client.LocalEndPoint);
        }

        await AssertKeepAliveAsync(1000, proxy.EndPoint, first.LocalEndPoint);
    }

    private static ServiceOptions WithSource(IPAddress source) => Service with { Dial = new DialOptions { SourceAddress = source } };

    private static ServiceOptions KeepAlive(int seconds) => Service with { Tcp = new TcpOptions { KeepAliveSeconds = seconds } };

    /// <summary>Waits until the kernel's next probe on a connection is as far away as a keepalive time.</summary>
    internal static async Task AssertKeepAliveAsync(int seconds, IPEndPoint local, IPEndPoint remote)
    {
        // Another timer runs while bytes are unacknowledged.
        await Eventually.True(() => ProbeDue(local, remote) > 0);
        Assert.InRange(ProbeDue(local, remote), seconds - 100, seconds);
    }

    /// <summary>Seconds until the keepalive timer of a connection expires, of <c>/proc/net/tcp</c> (proc_pid_net(5)); 0 when none runs.</summary>
    private static double ProbeDue(IPEndPoint local, IPEndPoint remote)
    {
        string file = local.AddressFamily == AddressFamily.InterNetwork ? "/proc/net/tcp" : "/proc/net/tcp6";
        string ports = string.Create(CultureInfo.InvariantCulture, $"{local.Port:X4}:{remote.Port:X4}");
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] timer = fields[5].Split(':');
            if ($"{fields[1].Split(':')[1]}:{fields[2].Split(':')[1]}" == ports && timer[0] == "02")
            {
                // In USER_HZ, which is 100 on every architecture that .NET runs on.
                return int.Parse(timer[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 100.0;
            }
        }

        return 0;
    }
}
