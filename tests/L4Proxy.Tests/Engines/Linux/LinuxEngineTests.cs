using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Engines.Linux;
using L4Proxy.DataPlane.Engines.Linux.Interop;
using L4Proxy.DataPlane.Engines.Portable;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines.Linux;

/// <summary>What only the Linux engine can get wrong.</summary>
public sealed class LinuxEngineTests
{
    private static readonly EngineOptions s_oneLoop = new() { Loops = 1 };

    /// <summary>
    /// A loop that stood still finds both attempts refused. The first event has the silent attempt's slot dialled anew;
    /// the second one is for the socket that the slot had before, and does not say that the new one has connected.
    /// </summary>
    [Fact]
    public async Task Dial_EventOfASlotsEarlierSocket_IsNotTakenForTheNewOne()
    {
        using BlackHole one = await BlackHole.StartAsync(IPFamily.IPv4);
        using BlackHole two = await BlackHole.StartAsync(IPFamily.IPv4);
        using BlackHole third = await BlackHole.StartAsync(IPFamily.IPv4);
        await using var backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("served"));
        var dial = new DialOptions
        {
            HedgeDelay = TimeSpan.FromSeconds(1),
            AttemptTimeout = TimeSpan.FromSeconds(3.2),
            MaxEndpoints = 4,
            TotalTimeout = TimeSpan.FromSeconds(20),
        };
        var options = new ProxyFixtureOptions { Engine = s_oneLoop, Service = new ServiceOptions { Dial = dial } };
        await using var proxy = await ProxyFixture.StartAsync(TestedEngine.Linux, IPFamily.IPv4, [one.EndPoint, two.EndPoint], options);
        using TcpPeer client = await TcpPeer.ConnectAsync(proxy.EndPoint);
        await Eventually.True(() => proxy.Service.Endpoints.Any(e => e.Active == 1));
        (BlackHole first, BlackHole second) = proxy.StateOf(one.EndPoint).Active == 1 ? (one, two) : (two, one);
        await Eventually.True(() => proxy.StateOf(second.EndPoint).Active == 1);
        await proxy.ApplyEndpointsAsync(one.EndPoint, two.EndPoint, third.EndPoint);

        // A SYN is sent again after 1 s and 3 s, or every second (tcp_syn_linear_timeouts); a closed port then refuses. The
        // first attempt began a second before the second one, and is refused a second after it, at 3 s.
        using var standing = new ManualResetEventSlim();
        ((LinuxEngine)proxy.Server.Engine).Loops[0].Post(_ => standing.Wait());
        second.Dispose();
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        first.Dispose();
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        standing.Set();
        await Eventually.True(() => proxy.StateOf(third.EndPoint).Active == 1);
        await proxy.ApplyEndpointsAsync(one.EndPoint, two.EndPoint, third.EndPoint, backend.EndPoint);

        Assert.Equal("served", await client.ReceiveTextToEndAsync());
        client.FinishSending();
        await proxy.ExpectEndAsync(CloseReason.Finished);
    }

    /// <summary>A dial to a free port of this host can be given that port as its own; then it has met nobody.</summary>
    [Theory]
    [InlineData(IPFamily.IPv4)]
    [InlineData(IPFamily.IPv6)]
    public async Task IsSelfConnected_SocketMetItself_IsTold(IPFamily family)
    {
        Requires.Linux();
        Requires.Family(family);
        using Socket self = new(family.AnyPort().AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        self.Bind(family.AnyPort());
        await self.ConnectAsync(self.LocalEndPoint!);
        using Socket listener = new(family.AnyPort().AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(family.AnyPort());
        listener.Listen();
        using Socket other = new(family.AnyPort().AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await other.ConnectAsync(listener.LocalEndPoint!);

        Assert.True(LinuxFd.IsSelfConnected((int)self.Handle, (IPEndPoint)self.LocalEndPoint!));
        Assert.False(LinuxFd.IsSelfConnected((int)other.Handle, (IPEndPoint)listener.LocalEndPoint!));
        Assert.True(TcpSocket.IsSelfConnected(self, (IPEndPoint)self.LocalEndPoint!));
    }

    /// <summary>Its wake-up descriptor is closed by then, and its number may be somebody else's.</summary>
    [Fact]
    public async Task Dispose_LateCallers_FindNothingToDo()
    {
        Requires.Linux();
        ServiceState service = new(new ServiceEntry { Key = ProxyFixture.Key, Frontends = [], Endpoints = [] }, 1);
        LinuxEngine engine = new(s_oneLoop, observer: null, NullLoggerFactory.Instance);
        IEngineListener listener = engine.Bind(new IPEndPoint(IPAddress.Loopback, 0), service);
        await engine.DisposeAsync();


        engine.ResetConnections(new EndpointState(new IPEndPoint(IPAddress.Loopback, 9)), CloseReason.EndpointLeft);
        Assert.Equal(0, await engine.DrainAsync(CancellationToken.None).Within());
        await listener.CloseAsync().AsTask().Within();

        using Socket again = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(listener.LocalEndPoint);
    }
}
