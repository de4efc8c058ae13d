using System.Text.RegularExpressions;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Admin;

public sealed partial class HealthRouteTests
{
    [Fact]
    public async Task Healthz_AfterATable_IsWhatKubeProxyAnswers()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Time.Advance(TimeSpan.FromMilliseconds(1500));

        RawAnswer answer = await RawHttp.GetAsync(harness.Healthz, "/healthz");

        Assert.Equal("HTTP/1.1 200 OK", answer.StatusLine);
        AssertHeaders(answer, "Content-Type", "X-Content-Type-Options", "Date", "Content-Length", "Connection");
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
        Assert.Equal(
            """{"lastUpdated":"2026-01-01T00:00:01.5Z","currentTime":"2026-01-01T00:00:01.5Z","nodeEligible":true,"healthy":true,"status":{"IPv4":{"lastUpdated":"2026-01-01T00:00:00Z","healthy":true}}}""",
            WithoutIPv6(answer.Body));
    }

    [Fact]
    public async Task Livez_AfterATable_SaysNothingOfTheNode()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();

        RawAnswer answer = await RawHttp.GetAsync(harness.Healthz, "/livez");

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            """{"lastUpdated":"2026-01-01T00:00:00Z","currentTime":"2026-01-01T00:00:00Z","healthy":true,"status":{"IPv4":{"lastUpdated":"2026-01-01T00:00:00Z","healthy":true}}}""",
            WithoutIPv6(answer.Body));
    }

    [Fact]
    public async Task BeforeTheFirstTable_HealthzIs503_LivezIs200()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        harness.Endpoints.Queued();
        harness.Time.Advance(TimeSpan.FromHours(1));

        RawAnswer healthz = await RawHttp.GetAsync(harness.Healthz, "/healthz");
        Assert.Equal("HTTP/1.1 503 Service Unavailable", healthz.StatusLine);
        Assert.Equal("""{"lastUpdated":"0001-01-01T00:00:00Z","currentTime":"2026-01-01T01:00:00Z","nodeEligible":true,"healthy":false}""", healthz.Body);
        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/livez")).Status);
    }

    [Fact]
    public async Task ChangeNotApplied_WithinTwiceTheSyncPeriod_IsUnhealthyUntilItIs()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Queued();

        harness.Time.Advance(TimeSpan.FromSeconds(59.9));
        harness.Endpoints.Queued();
        await AssertStatusAsync(harness, healthz: 200, livez: 200);

        harness.Time.Advance(TimeSpan.FromSeconds(0.2));
        RawAnswer late = await RawHttp.GetAsync(harness.Healthz, "/livez");
        Assert.Equal(503, late.Status);
        Assert.Equal(
            """{"lastUpdated":"2026-01-01T00:00:00Z","currentTime":"2026-01-01T00:01:00.1Z","healthy":false,"status":{"IPv4":{"lastUpdated":"2026-01-01T00:00:00Z","healthy":false}}}""",
            WithoutIPv6(late.Body));
        await AssertStatusAsync(harness, healthz: 503, livez: 503);

        await harness.ApplyAsync();
        await AssertStatusAsync(harness, healthz: 200, livez: 200);
    }

    [Fact]
    public async Task ChangeQueuedWhileATableIsApplied_WaitsForTheNextTable()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        SourceSnapshot older = new(ServiceTable.Empty, []);
        harness.Endpoints.Applying(older);
        harness.Endpoints.Queued();
        await harness.Endpoints.AppliedAsync(older);

        harness.Time.Advance(TimeSpan.FromSeconds(61));
        await AssertStatusAsync(harness, healthz: 503, livez: 503);
    }

    [Fact]
    public async Task ChangeThatChangesNothingServed_IsNotWaitedFor()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Queued();
        harness.Endpoints.Unchanged();

        harness.Time.Advance(TimeSpan.FromSeconds(61));
        await AssertStatusAsync(harness, healthz: 200, livez: 200);
    }

    [Fact]
    public async Task TableWhoseStartNobodyTold_HoldsWhatWasQueued()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        harness.Endpoints.Queued();
        await harness.Endpoints.AppliedAsync(new SourceSnapshot(ServiceTable.Empty, []));

        harness.Time.Advance(TimeSpan.FromSeconds(61));
        await AssertStatusAsync(harness, healthz: 200, livez: 200);
    }

    [Fact]
    public async Task ApplyingThatNeverEnds_IsUnhealthy()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Queued();
        harness.Endpoints.Applying(new SourceSnapshot(ServiceTable.Empty, []));

        harness.Time.Advance(TimeSpan.FromSeconds(61));
        await AssertStatusAsync(harness, healthz: 503, livez: 503);
    }

    [Fact]
    public async Task ApplyingThatNeverEnds_OfAChangeThatIsNotQueuedAnyMore_IsUnhealthyToo()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Queued();
        harness.Endpoints.Unchanged();
        harness.Endpoints.Applying(new SourceSnapshot(ServiceTable.Empty, []));

        harness.Time.Advance(TimeSpan.FromSeconds(61));
        await AssertStatusAsync(harness, healthz: 503, livez: 503);
    }

    [Fact]
    public async Task WallClockThatJumps_DoesNotMakeAChangeLate()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Queued();
        harness.Time.JumpWallClock(TimeSpan.FromDays(1));

        await AssertStatusAsync(harness, healthz: 200, livez: 200);
    }

    [Fact]
    public async Task NodeThatLeaves_FailsHealthzOnly()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync(new SourceSnapshot(ServiceTable.Empty, []) { NodeEligible = false });

        RawAnswer healthz = await RawHttp.GetAsync(harness.Healthz, "/healthz");
        Assert.Equal(503, healthz.Status);
        Assert.Contains("\"nodeEligible\":false,\"healthy\":true,", healthz.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await RawHttp.GetAsync(harness.Healthz, "/livez")).Status);
    }

    [Fact]
    public async Task Draining_FailsHealthzOnly()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();
        await harness.ApplyAsync();
        harness.Endpoints.Draining();

        await AssertStatusAsync(harness, healthz: 503, livez: 200);
    }

    [Fact]
    public async Task UnknownPath_IsNotFound()
    {
        await using EndpointsHarness harness = EndpointsHarness.Started();

        RawAnswer answer = await RawHttp.GetAsync(harness.Healthz, "/metrics");
        Assert.Equal("HTTP/1.1 404 Not Found", answer.StatusLine);
        Assert.Equal("404 page not found\n", answer.Body);
        Assert.Equal("text/plain; charset=utf-8", answer.Headers["Content-Type"]);
    }

    internal static void AssertHeaders(RawAnswer answer, params string[] names) =>
        Assert.Equal(names.Order(StringComparer.Ordinal), answer.Headers.Keys.Order(StringComparer.Ordinal));

    private static async Task AssertStatusAsync(EndpointsHarness harness, int healthz, int livez)
    {
        Assert.Equal(healthz, (await RawHttp.GetAsync(harness.Healthz, "/healthz")).Status);
        Assert.Equal(livez, (await RawHttp.GetAsync(harness.Healthz, "/livez")).Status);
    }

    /// <summary>A host without IPv6 has no status of it.</summary>
    private static string WithoutIPv6(string body) => IPv6Pattern().Replace(body, "");

    [GeneratedRegex(""","IPv6":\{[^}]*\}""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IPv6Pattern();
}
