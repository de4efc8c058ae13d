using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Admin;

/// <summary>What a client can do to the endpoints, and what it cannot.</summary>
public sealed class AdminLimitTests
{
    [Fact]
    public async Task ManySilentClients_DoNotKeepAHealthCheckOut()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        List<Socket> silent = [];
        for (int i = 0; i < 300; i++)
        {
            Socket socket = await RawHttp.ConnectAsync(harness.Healthz);
            await socket.SendAsync("G"u8.ToArray());
            silent.Add(socket);
        }

        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/healthz")).Status);

        // The oldest have given way: what is held is bounded.
        int closed = 0;
        foreach (Socket socket in silent.Take(200))
        {
            closed += (await RawHttp.ReadAsync(socket)).Status == 200 ? 0 : 1;
        }

        Assert.Equal(200, closed);
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task SilentClientsOfManyHealthCheckPorts_DoNotKeepAProbeOut()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort[] ports = [.. Enumerable.Range(0, 64).Select(i => new HealthCheckNodePort("demo", $"web-{i}", NodePorts.Take(), 1))];
        await harness.ApplyAsync(new SourceSnapshot(ServiceTable.Empty, []) { HealthChecks = [.. ports] });
        List<Socket> silent = [];
        for (int i = 0; i < ports.Length * 16; i++)
        {
            silent.Add(await RawHttp.ConnectAsync(harness.Endpoints.AddressesOf(ports[i % ports.Length]).Single()));
        }

        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/livez")).Status);
        Assert.Equal(200, (await harness.ScrapeAsync()).Status);
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Dispose_WithClientsThatHoldOn_DoesNotWait()
    {
        EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        using Socket silent = await RawHttp.ConnectAsync(harness.Healthz);
        using Socket half = await RawHttp.ConnectAsync(harness.Metrics);
        await half.SendAsync("GET /metrics HTT"u8.ToArray());
        using Socket idle = await RawHttp.ConnectAsync(harness.Metrics);
        await idle.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n"u8.ToArray());
        await idle.ReceiveAsync(new byte[100]).Within();

        Stopwatch clock = Stopwatch.StartNew();
        await harness.DisposeAsync().AsTask().Within();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
        Assert.Equal("", (await RawHttp.ReadAsync(silent)).StatusLine);
    }

    [Theory]
    [InlineData("POST /healthz HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n", 405)]
    [InlineData("DELETE /healthz HTTP/1.1\r\nHost: node\r\n\r\n", 405)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: node\r\nContent-Length: 5\r\n\r\nhello", 413)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 413)]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET /healthz HTTP/1.0\r\n\r\n", 200)]
    [InlineData("GET http://node/healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n", 200)]
    [InlineData("GET //healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n", 404)]
    [InlineData("BREW /healthz HTTP/1.1\r\nHost: node\r\n\r\n", 405)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: node\r\n\r\n", 405)]
    [InlineData("CONNECT node:80 HTTP/1.1\r\nHost: node:80\r\n\r\n", 405)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    public async Task Requests_BeyondAPlainGet_AreRefusedAndTheConnectionEnds(string request, int status)
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();

        Assert.Equal(status, (await RawHttp.SendAsync(harness.Healthz, request)).Status);
        Assert.DoesNotContain(harness.Log.Entries, e => e.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task RequestLine_TooLong_IsRefused()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        Assert.Equal(414, (await RawHttp.SendAsync(harness.Healthz, $"GET /{new string('x', 3000)} HTTP/1.1\r\nHost: node\r\n\r\n")).Status);
    }

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInTurn()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        string many = string.Concat(Enumerable.Repeat("GET /livez HTTP/1.1\r\nHost: node\r\n\r\n", 200));
        using Socket socket = await RawHttp.ConnectAsync(harness.Healthz);
        await socket.SendAsync(Encoding.ASCII.GetBytes(many + "GET /none HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"));

        RawAnswer answers = await RawHttp.ReadAsync(socket);

        Assert.Equal(200, answers.Status);
        Assert.Equal(199, answers.Body.Split("HTTP/1.1 200 OK").Length - 1);
        Assert.Contains("HTTP/1.1 404", answers.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000, 1, 431)]
    [InlineData(10, 1000, 431)]
    public async Task Headers_TooLargeOrTooMany_AreRefused(int size, int count, int status)
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        StringBuilder request = new("GET /healthz HTTP/1.1\r\nHost: node\r\n");
        for (int i = 0; i < count; i++)
        {
            request.Append($"X-{i}: ").Append('x', size).Append("\r\n");
        }

        using Socket socket = await RawHttp.ConnectAsync(harness.Healthz);
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()));
            RawAnswer answer = await RawHttp.ReadAsync(socket);

            // The reset that unread bytes cause may overtake the answer.
            Assert.True(answer.Status == status || answer.StatusLine.Length == 0, answer.StatusLine);
        }
        catch (SocketException)
        {
            // Closed while the request was being sent.
        }

        Assert.Equal(503, (await RawHttp.GetAsync(harness.Healthz, "/healthz")).Status);
    }

    [Fact]
    public async Task Head_HasTheHeadersAndNoBody()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();

        RawAnswer healthz = await RawHttp.SendAsync(harness.Healthz, "HEAD /healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, healthz.Status);
        Assert.True(int.Parse(healthz.Headers["Content-Length"]) > 100);
        Assert.Equal("", healthz.Body);
        RawAnswer metrics = await RawHttp.SendAsync(harness.Metrics, "HEAD /metrics HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, metrics.Status);
        Assert.Equal("", metrics.Body);
    }

    [Fact]
    public async Task Start_TakenAddress_IsOneWarning_AndServedWhenItIsFree()
    {
        using Socket owner = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, NodePorts.Take()));
        owner.Listen();
        NodeEndpointOptions options = new() { HealthzAddress = (IPEndPoint)owner.LocalEndPoint! };
        await using EndpointsHarness harness = EndpointsHarness.Started(options);

        Assert.Empty(harness.Endpoints.Addresses);
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            [$"healthz cannot listen on {options.HealthzAddress}: address already in use; it is tried again"],
            harness.Log.Messages);

        owner.Dispose();
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/livez")).Status);
    }

    [Fact]
    public async Task Start_TakenAddressThatIsRequired_Fails()
    {
        using Socket owner = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, NodePorts.Take()));
        owner.Listen();
        await using EndpointsHarness harness = new(new NodeEndpointOptions { MetricsAddress = (IPEndPoint)owner.LocalEndPoint!, BindFailureIsFatal = true });

        IOException e = Assert.Throws<IOException>(harness.Endpoints.Start);
        Assert.Equal($"metrics cannot listen on {owner.LocalEndPoint}: address already in use", e.Message);
        Assert.Empty(harness.Log.Messages);
    }

    [Fact]
    public async Task Start_Wildcard_TakesBothFamilies()
    {
        Requires.Family(IPFamily.IPv6);
        await using EndpointsHarness harness = EndpointsHarness.Started(new NodeEndpointOptions { HealthzAddress = new IPEndPoint(IPAddress.Any, 0) });

        Assert.Equal(200, (await RawHttp.GetAsync(new IPEndPoint(IPAddress.Loopback, harness.Healthz.Port), "/livez")).Status);
        Assert.Equal(200, (await RawHttp.GetAsync(new IPEndPoint(IPAddress.IPv6Loopback, harness.Healthz.Port), "/livez")).Status);
    }
}
