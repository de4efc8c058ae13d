using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Admin;

public sealed class HealthCheckPortsTests
{
    [Fact]
    public async Task Get_WithAndWithoutEndpoints_IsWhatKubeProxyAnswers()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort with = new("demo", "web-lb-local", NodePorts.Take(), 2);
        HealthCheckNodePort without = new("demo", "remote-lb-local", NodePorts.Take(), 0);
        await harness.ApplyAsync(Snapshot(with, without));

        RawAnswer ok = await RawHttp.GetAsync(At(with), "/any/path");
        Assert.Equal("HTTP/1.1 200 OK", ok.StatusLine);
        HealthRouteTests.AssertHeaders(
            ok, "Content-Type", "X-Content-Type-Options", "X-Load-Balancing-Endpoint-Weight", "Date", "Content-Length", "Connection");
        Assert.Equal("application/json", ok.Headers["Content-Type"]);
        Assert.Equal("nosniff", ok.Headers["X-Content-Type-Options"]);
        Assert.Equal("2", ok.Headers["X-Load-Balancing-Endpoint-Weight"]);
        Assert.Equal("120", ok.Headers["Content-Length"]);
        Assert.Equal(
            "{\n\t\"service\": {\n\t\t\"namespace\": \"demo\",\n\t\t\"name\": \"web-lb-local\"\n\t},\n\t\"localEndpoints\": 2,\n\t\"serviceProxyHealthy\": true\n}",
            ok.Body);

        RawAnswer none = await RawHttp.GetAsync(At(without), "/");
        Assert.Equal("HTTP/1.1 503 Service Unavailable", none.StatusLine);
        Assert.Equal("0", none.Headers["X-Load-Balancing-Endpoint-Weight"]);
        Assert.Equal("123", none.Headers["Content-Length"]);
        Assert.EndsWith("\"localEndpoints\": 0,\n\t\"serviceProxyHealthy\": true\n}", none.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Count_Changes_OnTheSameConnection()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort port = new("demo", "web", NodePorts.Take(), 1);
        await harness.ApplyAsync(Snapshot(port));
        Uri uri = new($"http://127.0.0.1:{port.Port}/");
        using SocketsHttpHandler handler = new() { MaxConnectionsPerServer = 1 };
        int connections = 0;
        handler.ConnectCallback = async (context, cancellation) =>
        {
            connections++;
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        };
        using HttpClient one = new(handler);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(one, uri));
        await harness.ApplyAsync(Snapshot(port with { LocalEndpoints = 0 }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(one, uri));
        await harness.ApplyAsync(Snapshot(port with { LocalEndpoints = 3 }));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(one, uri));
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task UnhealthyProxy_Is503WithItsEndpoints()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort port = new("demo", "web", NodePorts.Take(), 2);
        await harness.ApplyAsync(Snapshot(port));
        harness.Endpoints.Queued();
        harness.Time.Advance(TimeSpan.FromSeconds(61));

        RawAnswer answer = await RawHttp.GetAsync(At(port), "/");
        Assert.Equal(503, answer.Status);
        Assert.EndsWith("\"localEndpoints\": 2,\n\t\"serviceProxyHealthy\": false\n}", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ports_ComeGoAndChangeHands()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort first = new("demo", "a", NodePorts.Take(), 1);
        HealthCheckNodePort second = new("demo", "b", NodePorts.Take(), 1);

        await harness.ApplyAsync(Snapshot(first, second));
        Assert.Contains("\"name\": \"a\"", (await RawHttp.GetAsync(At(first), "/")).Body, StringComparison.Ordinal);

        // The two Services swap their ports.
        await harness.ApplyAsync(Snapshot(first with { Port = second.Port }, second with { Port = first.Port }));
        Assert.Contains("\"name\": \"b\"", (await RawHttp.GetAsync(At(first), "/")).Body, StringComparison.Ordinal);
        Assert.Contains("\"name\": \"a\"", (await RawHttp.GetAsync(At(second), "/")).Body, StringComparison.Ordinal);

        await harness.ApplyAsync(Snapshot());
        await Assert.ThrowsAsync<SocketException>(() => RawHttp.GetAsync(At(first), "/"));
        Assert.DoesNotContain(harness.Log.Entries, e => e.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task TakenPort_IsOneWarning_AndServedWhenItIsFree()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        using Socket owner = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, NodePorts.Take()));
        owner.Listen();
        HealthCheckNodePort port = new("demo", "web", ((IPEndPoint)owner.LocalEndPoint!).Port, 1);

        await harness.ApplyAsync(Snapshot(port));
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            [$"health check of demo/web cannot listen on 127.0.0.1:{port.Port}: address already in use; it is tried again"],
            harness.Log.Entries.Where(e => e.Level == LogLevel.Warning).Select(e => e.Message));

        owner.Dispose();
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await RawHttp.GetAsync(At(port), "/")).Status);
        Assert.Contains($"health check of demo/web listens on 127.0.0.1:{port.Port} now", harness.Log.Messages);
    }

    [Fact]
    public async Task NoAddress_MeansAllOfBothFamilies()
    {
        Requires.Family(IPFamily.IPv6);
        await using EndpointsHarness harness = EndpointsHarness.Started(EndpointsHarness.LoopbackOptions with { HealthCheckAddresses = [] });
        HealthCheckNodePort port = new("demo", "web", NodePorts.Take(), 1);
        await harness.ApplyAsync(Snapshot(port));

        Assert.Equal(200, (await RawHttp.GetAsync(At(port), "/")).Status);
        Assert.Equal(200, (await RawHttp.GetAsync(new IPEndPoint(IPAddress.IPv6Loopback, port.Port), "/")).Status);
    }

    [Fact]
    public async Task HundredPorts_AllAnswer_WithoutAThreadEach()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        HealthCheckNodePort[] ports = [.. Enumerable.Range(0, 100).Select(i => new HealthCheckNodePort("demo", $"web-{i}", NodePorts.Take(), i + 1)).DistinctBy(p => p.Port)];
        await harness.ApplyAsync(Snapshot(ports));

        foreach (HealthCheckNodePort port in ports)
        {
            Assert.Equal($"{port.LocalEndpoints}", (await RawHttp.GetAsync(At(port), "/")).Headers["X-Load-Balancing-Endpoint-Weight"]);
        }
    }

    private static SourceSnapshot Snapshot(params HealthCheckNodePort[] ports) => new(ServiceTable.Empty, []) { HealthChecks = [.. ports] };

    private static IPEndPoint At(HealthCheckNodePort port) => new(IPAddress.Loopback, port.Port);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, Uri uri)
    {
        using HttpResponseMessage answer = await client.GetAsync(uri).Within();
        return answer.StatusCode;
    }
}
