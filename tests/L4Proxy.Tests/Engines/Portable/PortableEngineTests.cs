using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using Xunit;

namespace L4Proxy.Tests.Engines.Portable;

public sealed class PortableEngineTests
{
    [Fact]
    public async Task Accept_NoEndpoint_ResetsAtOnce()
    {
        await using var bench = new PortableBench(endpoints: []);

        await bench.AssertResetAsync();

        Assert.Equal(CloseReason.NoEndpoint, (await bench.NextEndAsync()).Reason);
    }

    [Fact]
    public async Task Accept_EndpointRefuses_ResetsAtOnce()
    {
        await using var bench = new PortableBench();
        bench.StopBackend();

        await bench.AssertResetAsync();

        ConnectionEnd end = await bench.NextEndAsync();
        Assert.Equal(CloseReason.ConnectFailed, end.Reason);
        Assert.Null(end.Endpoint);
    }

    [Fact]
    public async Task Dial_ClientResets_GivesUpAndLeavesNothing()
    {
        using BlackHole silent = await BlackHole.StartAsync(IPFamily.IPv4);
        var patient = new ServiceOptions { Dial = new DialOptions { AttemptTimeout = TimeSpan.FromMinutes(1), TotalTimeout = TimeSpan.FromMinutes(1) } };
        await using var bench = new PortableBench(options: patient, endpoints: [silent.EndPoint]);
        Socket client = await bench.ConnectAsync();
        await Eventually.Equal(1, () => bench.Service.Endpoints[0].Active);

        client.Close(0);

        Assert.Equal(CloseReason.ClientResetWhileConnecting, (await bench.NextEndAsync()).Reason);
        Assert.Equal(0, bench.Service.Endpoints[0].Active);
    }

    [Fact]
    public async Task Dial_SourceAddress_IsWhatTheEndpointSees()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("only Linux has the whole of 127.0.0.0/8 on its loopback device");
        }

        IPAddress source = IPAddress.Parse("127.0.0.77");
        await using var bench = new PortableBench(options: new ServiceOptions { Dial = new DialOptions { SourceAddress = source } });
        (Socket client, Socket server) = await bench.PairAsync();

        Assert.Equal(source, ((IPEndPoint)server.RemoteEndPoint!).Address);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Dial_ClientFinishesSending_GoesOn()
    {
        using BlackHole silent = await BlackHole.StartAsync(IPFamily.IPv4);
        var options = new ServiceOptions { Dial = new DialOptions { AttemptTimeout = TimeSpan.FromMilliseconds(500) } };
        await using var bench = new PortableBench(options: options, endpoints: [silent.EndPoint]);
        using Socket client = await bench.ConnectAsync();

        client.Shutdown(SocketShutdown.Send);

        Assert.Equal(CloseReason.ConnectTimeout, (await bench.NextEndAsync()).Reason);
        Assert.True((await PortableBench.ReadToEndAsync(client)).Reset);
    }

    [Fact]
    public async Task Drain_CutWhileDialing_SaysSo()
    {
        using BlackHole silent = await BlackHole.StartAsync(IPFamily.IPv4);
        await using var bench = new PortableBench(endpoints: [silent.EndPoint]);
        using Socket client = await bench.ConnectAsync();
        await Eventually.Equal(1, () => bench.Service.Endpoints[0].Active);

        Assert.Equal(1, await bench.Engine.DrainAsync(new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal(CloseReason.ShutdownWhileConnecting, (await bench.NextEndAsync()).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SetOpen_Stopped_RefusesAndOpensAgainAtTheSameAddress(bool ipv6)
    {
        await using var bench = new PortableBench(ipv6);
        IPEndPoint address = bench.Listener.LocalEndPoint;
        for (int i = 0; i < 20; i++)
        {
            bench.Listener.SetOpen(open: false);
            SocketException refused = await Assert.ThrowsAsync<SocketException>(bench.ConnectAsync);
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
            bench.Listener.SetOpen(open: true);
            Assert.Equal(address, bench.Listener.LocalEndPoint);
            (Socket client, Socket server) = await bench.PairAsync();
            client.Dispose();
            server.Dispose();
        }
    }

    [Fact]
    public async Task SetOpen_Stopped_LeavesAcceptedConnectionsAlone()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();

        bench.Listener.SetOpen(open: false);
        await bench.Listener.CloseAsync();
        await PortableBench.SendAsync(client, [1, 2, 3]);

        Assert.Equal([1, 2, 3], await PortableBench.ReadAsync(server, 3));
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Bind_AddressTaken_SaysSo()
    {
        await using var bench = new PortableBench();

        ListenException e = Assert.Throws<ListenException>(() => bench.Engine.Bind(bench.Listener.LocalEndPoint, bench.Service));

        Assert.Equal(SocketError.AddressAlreadyInUse, e.Error);
        Assert.Equal($"cannot listen on {bench.Listener.LocalEndPoint}: address already in use", e.Message);
    }

    [Fact]
    public async Task Bind_AddressOfAnotherHost_SaysSo()
    {
        await using var bench = new PortableBench();

        ListenException e = Assert.Throws<ListenException>(
            () => bench.Engine.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), bench.Service));

        Assert.Contains("address not available on this host", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_IPv6Any_TakesBothFamilies()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Assert.Skip("this host has no IPv6");
        }

        await using var bench = new PortableBench();
        IEngineListener listener = bench.Engine.Bind(new IPEndPoint(IPAddress.IPv6Any, 0), bench.Service);
        listener.SetOpen(open: true);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, listener.LocalEndPoint.Port));
        using Socket server = await bench.AcceptAsync();
        client.Dispose();
        server.Dispose();

        ConnectionEnd end = await bench.NextEndAsync();
        Assert.True(end.Client.IsIPv4);
    }

    [Fact]
    public async Task Limit_ServiceFullAndReset_ResetsTheNextClient()
    {
        await using var bench = new PortableBench(options: new ServiceOptions { MaxConnections = 1, Overflow = OverflowAction.Reset });
        (Socket client, Socket server) = await bench.PairAsync();

        await bench.AssertResetAsync();

        Assert.Equal(CloseReason.LimitReached, (await bench.NextEndAsync()).Reason);
        client.Dispose();
        server.Dispose();
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task Limit_FullAndWait_ServesTheNextClientWhenAPlaceIsFree(int ofService, int ofEngine)
    {
        await using var bench = new PortableBench(
            options: new ServiceOptions { MaxConnections = ofService }, engine: new EngineOptions { MaxConnections = ofEngine });
        (Socket client, Socket server) = await bench.PairAsync();
        using Socket second = await bench.ConnectAsync();
        Task<Socket> accept = bench.AcceptAsync();
        await PortableBench.SendAsync(client, [1]);
        await PortableBench.ReadAsync(server, 1);
        Assert.False(accept.IsCompleted);

        client.Dispose();
        server.Dispose();

        (await accept).Dispose();
        Assert.True(bench.Engine.Counters.AcceptPauses > 0);
    }

    [Fact]
    public async Task ResetConnections_OfOneEndpoint_ResetsBothSides()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();
        await PortableBench.SendAsync(client, [1]);
        await PortableBench.ReadAsync(server, 1);

        bench.Engine.ResetConnections(bench.Service.Endpoints[0], CloseReason.EndpointLeft);

        Assert.True((await PortableBench.ReadToEndAsync(client)).Reset);
        Assert.True((await PortableBench.ReadToEndAsync(server)).Reset);
        Assert.Equal(CloseReason.EndpointLeft, (await bench.NextEndAsync()).Reason);
    }

    [Fact]
    public async Task Drain_LiveConnectionsEndInTime_CutsNone()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();
        await bench.Listener.CloseAsync();

        Task<int> drain = bench.Engine.DrainAsync(CancellationToken.None);
        Assert.False(drain.IsCompleted);
        client.Dispose();
        server.Dispose();

        Assert.Equal(0, await drain.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(0, bench.Engine.Live);
    }

    [Fact]
    public async Task Drain_Cut_ResetsTheRestAndCountsIt()
    {
        await using var bench = new PortableBench();
        (Socket client, Socket server) = await bench.PairAsync();
        (Socket client2, Socket server2) = await bench.PairAsync();
        await PortableBench.SendAsync(client2, [1]);
        await PortableBench.ReadAsync(server2, 1);
        await PortableBench.SendAsync(client, [1]);
        await PortableBench.ReadAsync(server, 1);
        await bench.Listener.CloseAsync();

        int cut = await bench.Engine.DrainAsync(new CancellationToken(canceled: true)).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2, cut);
        Assert.Equal(0, bench.Engine.Live);
        Assert.True((await PortableBench.ReadToEndAsync(client)).Reset);
        Assert.True((await PortableBench.ReadToEndAsync(server2)).Reset);
        Assert.Equal(2, bench.Service.ClosedFor(CloseReason.Shutdown));
        client2.Dispose();
        server.Dispose();
    }
}
