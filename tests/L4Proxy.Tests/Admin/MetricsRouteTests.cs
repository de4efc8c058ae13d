using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Admin;

public sealed class MetricsRouteTests
{
    [Fact]
    public async Task ProxyModeAndHealthz_ArePlainText()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();

        RawAnswer mode = await RawHttp.GetAsync(harness.Metrics, "/proxyMode");
        Assert.Equal((200, "userspace", "text/plain; charset=utf-8"), (mode.Status, mode.Body, mode.Headers["Content-Type"]));
        RawAnswer healthz = await RawHttp.GetAsync(harness.Metrics, "/healthz");
        Assert.Equal((200, "ok", "nosniff"), (healthz.Status, healthz.Body, healthz.Headers["X-Content-Type-Options"]));
        Assert.Equal(404, (await RawHttp.GetAsync(harness.Metrics, "/livez")).Status);
    }

    [Fact]
    public async Task Scrape_OwnInstruments_HavePrometheusNames()
    {
        ServiceState service = Service("default", "web", "http", endpoints: 2);
        service.CountersFor(0).Accept();
        service.CountersFor(0).Accept();
        service.CountersFor(0).Close(CloseReason.Finished, discarded: 0);
        service.CountersFor(0).AddUp(received: 10, sent: 9);
        await using EndpointsHarness harness = EndpointsHarness.Started(services: [service]);

        RawAnswer answer = await harness.ScrapeAsync();
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Headers["Content-Type"]);
        PrometheusText text = PrometheusText.Parse(answer.Body);
        Assert.Equal("counter", text.Types["l4proxy_connections_accepted_total"]);
        Assert.Equal("gauge", text.Types["l4proxy_connections_active"]);
        Assert.Equal(2, text["l4proxy_connections_accepted_total{service=default/web:http}"]);
        Assert.Equal(1, text["l4proxy_connections_active{service=default/web:http}"]);
        Assert.Equal(1, text["l4proxy_connections_closed_total{service=default/web:http,reason=--}"]);
        Assert.Equal(10, text["l4proxy_io_received_bytes_total{service=default/web:http,direction=up}"]);
        Assert.Equal(0, text["l4proxy_dial_local_port_failures_total"]);
        Assert.Equal(2, text["l4proxy_service_endpoints{service=default/web:http,state=usable}"]);
        Assert.DoesNotContain(text.Series.Keys, k => k.Contains("endpoint=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scrape_EndpointSeries_OnlyWhereAskedFor()
    {
        NodeEndpointOptions options = EndpointsHarness.LoopbackOptions with { EndpointSeries = true };
        await using EndpointsHarness harness = EndpointsHarness.Started(options, [Service("default", "web", "http", endpoints: 2)]);

        PrometheusText text = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        Assert.Equal(0, text["l4proxy_endpoint_connections_total{service=default/web:http,endpoint=127.0.0.1:19000}"]);
        Assert.Equal(1, text["l4proxy_endpoint_healthy{service=default/web:http,endpoint=127.0.0.1:19001}"]);
    }

    [Fact]
    public async Task Scrape_Process_HasWhatClientLibrariesHave()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();

        PrometheusText text = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        Assert.Equal("counter", text.Types["process_cpu_seconds_total"]);
        Assert.InRange(text["process_cpu_seconds_total"], 0.01, 1e6);
        Assert.InRange(text["process_resident_memory_bytes"], 1e7, 1e11);
        double started = (Process.GetCurrentProcess().StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        Assert.Equal(started, text["process_start_time_seconds"], 0);
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(text["process_open_fds"], 5, 1e6);
            Assert.InRange(text["process_max_fds"], text["process_open_fds"], double.PositiveInfinity);
        }
    }

    [Fact]
    public async Task Scrape_SyncMetrics_HaveKubeProxysNamesTypesAndBuckets()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        DateTimeOffset start = harness.Time.GetUtcNow();
        harness.Endpoints.Queued();
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        SourceSnapshot snapshot = new(ServiceTable.Empty, [])
        {
            Changes = new SnapshotChanges { Services = 3, EndpointSlices = 5, Triggered = [start, start.AddSeconds(-4), start.AddHours(1)] },
        };
        harness.Endpoints.Applying(snapshot);
        PrometheusText during = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        Assert.Equal(3, during["kubeproxy_sync_proxy_rules_service_changes_pending"]);
        Assert.Equal(5, during["kubeproxy_sync_proxy_rules_endpoint_changes_pending"]);
        harness.Time.Advance(TimeSpan.FromMilliseconds(10));
        await harness.Endpoints.AppliedAsync(snapshot);
        await RawHttp.GetAsync(harness.Healthz, "/healthz");
        await RawHttp.GetAsync(harness.Healthz, "/livez");
        harness.Endpoints.Draining();
        await RawHttp.GetAsync(harness.Healthz, "/healthz");

        PrometheusText text = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        Assert.Equal("histogram", text.Types["kubeproxy_sync_proxy_rules_duration_seconds"]);
        Assert.Equal(
            ["0.001", "0.002", "0.004", "0.008", "0.016", "0.032", "0.064", "0.128", "0.256", "0.512", "1.024", "2.048", "4.096", "8.192", "16.384", "+Inf"],
            Bounds(text, "kubeproxy_sync_proxy_rules_duration_seconds"));
        Assert.Equal(0, text["kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=0.008}"]);
        Assert.Equal(1, text["kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=0.016}"]);

        string[] programming = [.. Bounds(text, "kubeproxy_network_programming_duration_seconds")];
        Assert.Equal(81, programming.Length);
        Assert.Equal(["0.25", "0.5", "1", "2"], programming[..4]);
        Assert.Equal(["59", "60", "65", "70"], programming[60..64]);
        Assert.Equal(["115", "120", "150", "180", "210", "240", "270", "300", "+Inf"], programming[^9..]);
        Assert.Equal(1, text["kubeproxy_network_programming_duration_seconds_bucket{le=0.25}"]);
        Assert.Equal(2, text["kubeproxy_network_programming_duration_seconds_bucket{le=3}"]);
        Assert.Equal(3, text["kubeproxy_network_programming_duration_seconds_count"]);
        Assert.Equal(8.02, text["kubeproxy_network_programming_duration_seconds_sum"], 3);

        Assert.Equal(start.ToUnixTimeSeconds(), text["kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds"]);
        Assert.Equal(start.ToUnixTimeSeconds() + 2.01, text["kubeproxy_sync_proxy_rules_last_timestamp_seconds"], 3);
        Assert.Equal(("counter", 3), (text.Types["kubeproxy_sync_proxy_rules_service_changes_total"], text["kubeproxy_sync_proxy_rules_service_changes_total"]));
        Assert.Equal(5, text["kubeproxy_sync_proxy_rules_endpoint_changes_total"]);
        Assert.Equal(("gauge", 0), (text.Types["kubeproxy_sync_proxy_rules_endpoint_changes_pending"], text["kubeproxy_sync_proxy_rules_endpoint_changes_pending"]));
        Assert.Equal(1, text["kubeproxy_proxy_healthz_total{code=200}"]);
        Assert.Equal(1, text["kubeproxy_proxy_healthz_total{code=503}"]);
        Assert.Equal(1, text["kubeproxy_proxy_livez_total{code=200}"]);
    }

    [Fact]
    public async Task Scrape_EveryMetricOfKubeProxyAndProcess_IsDocumented()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        string document = File.ReadAllText(Repository.PathOf("docs", "metrics.md"));

        PrometheusText text = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        Assert.All(
            text.Types.Where(t => t.Key.StartsWith("kubeproxy_", StringComparison.Ordinal)),
            t => Assert.Contains($"| `{t.Key}` | {t.Value} |", document, StringComparison.Ordinal));
        Assert.All(
            text.Types.Keys.Where(t => t.StartsWith("process_", StringComparison.Ordinal)),
            t => Assert.Contains($"`{t}`", document, StringComparison.Ordinal));
        Assert.All(text.Types.Keys, t => Assert.NotEmpty(text.Helps[t]));
    }

    [Fact]
    public async Task Scrape_LocalPolicyWithoutLocalEndpoints_IsCountedByPolicyAndFamily()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        FrontendEntry outer = new(new IPEndPoint(IPAddress.Any, 30080), FrontendKind.NodePort) { FromOutside = EndpointScope.Local };
        FrontendEntry inner = new(new IPEndPoint(IPAddress.IPv6Loopback, 80), FrontendKind.ClusterIP)
        {
            FromInside = EndpointScope.Local,
            FromOutside = EndpointScope.Local,
        };
        EndpointEntry remote = new() { Address = new IPEndPoint(IPAddress.Loopback, 1) };
        await harness.ApplyAsync(new SourceSnapshot(new ServiceTable(
        [
            Entry("both", remote, outer, inner),
            Entry("has-local", remote with { UsableLocally = true }, outer, inner),
            Entry("has-none", remote with { Usable = false }, outer, inner),
            Entry("outer", remote, outer),
        ]), []));

        PrometheusText text = PrometheusText.Parse((await harness.ScrapeAsync()).Body);
        const string Name = "kubeproxy_sync_proxy_rules_no_local_endpoints_total";
        Assert.Equal("gauge", text.Types[Name]);
        Assert.Equal(2, text[Name + "{ip_family=IPv4,traffic_policy=external}"]);
        Assert.Equal(0, text[Name + "{ip_family=IPv4,traffic_policy=internal}"]);
        Assert.Equal(0, text[Name + "{ip_family=IPv6,traffic_policy=external}"]);
        Assert.Equal(1, text[Name + "{ip_family=IPv6,traffic_policy=internal}"]);
    }

    [Fact]
    public async Task Scrape_TenThousandServices_IsStreamed()
    {
        ServiceState[] services = [.. Enumerable.Range(0, 10_000).Select(i => Service($"namespace-{i % 100}", $"service-number-{i}", "http", endpoints: 10))];
        await using EndpointsHarness harness = EndpointsHarness.Started(services: [.. services]);
        await harness.ScrapeAsync();

        long allocated = GC.GetTotalAllocatedBytes();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        using Socket socket = await RawHttp.ConnectAsync(harness.Metrics);
        await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"u8.ToArray());
        byte[] buffer = new byte[65536];
        long bytes = 0;
        while (await socket.ReceiveAsync(buffer).Within() is > 0 and int count)
        {
            bytes += count;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{bytes} bytes, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds} ms CPU, {(GC.GetTotalAllocatedBytes() - allocated) >> 20} MiB allocated");
        Assert.InRange(bytes, 5_000_000, 50_000_000);
    }

    [Fact]
    public async Task Scrape_ByAClientThatDoesNotRead_HoldsNobodyUp()
    {
        ServiceState[] services = [.. Enumerable.Range(0, 3000).Select(i => Service("default", $"service-{i}", "http", endpoints: 1))];
        await using EndpointsHarness harness = EndpointsHarness.Started(services: [.. services]);
        await harness.ApplyAsync();
        using Socket slow = await RawHttp.ConnectAsync(harness.Metrics);
        slow.ReceiveBufferSize = 4096;
        await slow.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n"u8.ToArray());
        await slow.ReceiveAsync(new byte[1]).Within();

        Assert.True(PrometheusText.Parse((await harness.ScrapeAsync()).Body).Series.Count > 3000);
        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/healthz")).Status);
    }

    [Fact]
    public async Task Scrape_ThatTakesTooLong_IsCutAndDoesNotLookComplete()
    {
        ServiceState[] services = [.. Enumerable.Range(0, 10_000).Select(i => Service("default", $"service-{i}", "http", endpoints: 1))];
        await using EndpointsHarness harness = EndpointsHarness.Started(services: [.. services]);
        using Socket slow = await RawHttp.ConnectAsync(harness.Metrics);
        await slow.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"u8.ToArray());

        // A part of the body, so that the scrape's clock runs.
        for (int read = 0; read < 4096;)
        {
            read += await slow.ReceiveAsync(new byte[1024]).Within();
        }

        harness.Time.Advance(TimeSpan.FromSeconds(30));

        RawAnswer rest = await RawHttp.ReadAsync(slow);
        Assert.False(rest.Body.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the answer looks complete");
    }

    [Fact]
    public async Task Scrape_ByManyAtOnce_IsBounded()
    {
        ServiceState[] services = [.. Enumerable.Range(0, 3000).Select(i => Service("default", $"service-{i}", "http", endpoints: 1))];
        await using EndpointsHarness harness = EndpointsHarness.Started(services: [.. services]);
        List<Socket> slow = [];
        for (int i = 0; i < 4; i++)
        {
            Socket socket = await RawHttp.ConnectAsync(harness.Metrics);
            await socket.SendAsync("GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n"u8.ToArray());
            await socket.ReceiveAsync(new byte[1]).Within();
            slow.Add(socket);
        }

        RawAnswer fifth = await harness.ScrapeAsync();
        Assert.Equal((503, "1"), (fifth.Status, fifth.Headers["Retry-After"]));

        // A scraper that goes away makes room.
        slow.ForEach(s => s.Close(timeout: 0));
        await Eventually.Equal(200, () => harness.ScrapeAsync().GetAwaiter().GetResult().Status);
    }

    private static IEnumerable<string> Bounds(PrometheusText text, string name) =>
        text.Series.Keys.Where(k => k.StartsWith(name + "_bucket{le=", StringComparison.Ordinal)).Select(k => k[(name.Length + "_bucket{le=".Length)..^1]);

    private static ServiceEntry Entry(string name, EndpointEntry endpoint, params FrontendEntry[] frontends) => new()
    {
        Key = new ServicePortKey("demo", name, "", ServiceProtocol.Tcp),
        Frontends = [.. frontends],
        Endpoints = [endpoint],
    };

    private static ServiceState Service(string @namespace, string name, string port, int endpoints) => new(
        new ServiceEntry
        {
            Key = new ServicePortKey(@namespace, name, port, ServiceProtocol.Tcp),
            Frontends = [],
            Endpoints = [.. Enumerable.Range(0, endpoints).Select(i => new EndpointEntry { Address = new IPEndPoint(IPAddress.Loopback, 19000 + i) })],
        },
        counterSlots: 2);
}
