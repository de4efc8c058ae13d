using System.Net;
using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Access;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

public class ReflectorTests
{
    [Fact]
    public async Task WatchList_EndOfInitialEvents_GivesAllObjectsAtOnceAndGoesOnInTheSameStream()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.Api.NextAsync();
        Assert.Equal("/api/v1/services", watch.Path);
        Assert.Equal(("true", "true", "NotOlderThan", "true"), (watch["watch"], watch["sendInitialEvents"], watch["resourceVersionMatch"], watch["allowWatchBookmarks"]));
        Assert.Null(watch["resourceVersion"]);
        watch.Open();
        await watch.SendAsync(ApiJson.Event("ADDED", ApiJson.Service("a", 5)), ApiJson.Event("ADDED", ApiJson.Service("b", 6)));
        await watch.SendAsync(ApiJson.Event("DELETED", ApiJson.Service("a", 7)));
        Assert.Empty(fixture.Sink.Log);
        await watch.SendAsync(ApiJson.InitialEnd(7), ApiJson.Event("ADDED", ApiJson.Service("c", 8)));
        await fixture.LoggedAsync(2);
        Assert.Equal(["Listed: Set default/b", "Set default/c"], fixture.Sink.Log);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    public async Task WatchList_NotKnown_ListsPageByPageAndNeverAsksForItAgain(int status)
    {
        await using ReflectorFixture fixture = new();
        (await fixture.Api.NextAsync()).Refuse((HttpStatusCode)status);
        ScriptedRequest first = await fixture.Api.NextAsync();
        Assert.Equal(("500", null), (first["limit"], first["continue"]));
        first.Answer(ApiJson.ListPage(10, "t 1", ApiJson.Service("a", 5)));
        ScriptedRequest second = await fixture.Api.NextAsync();
        Assert.Equal("t 1", second["continue"]);
        second.Answer(ApiJson.ListPage(10, null, ApiJson.Service("b", 6)));
        ScriptedRequest watch = await fixture.Api.NextAsync();
        Assert.Equal(("true", "10", null), (watch["watch"], watch["resourceVersion"], watch["sendInitialEvents"]));
        Assert.Equal(["Listed: Set default/a, Set default/b"], fixture.Sink.Log);

        watch.Refuse(HttpStatusCode.Gone);
        Assert.Equal("500", (await fixture.Api.NextAsync())["limit"]);
    }

    [Fact]
    public async Task WatchList_NoEndOfInitialEvents_IsGivenUpForLists()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.Api.NextAsync();
        watch.Open();
        await watch.SendAsync(ApiJson.Event("ADDED", ApiJson.Service("a", 5)));
        await fixture.TimersAsync(1);
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.True((await fixture.NextAfterAsync(TimeSpan.FromMilliseconds(500))).IsWatch);
    }

    [Fact]
    public async Task Watch_EndsCleanly_GoesOnAtOnceFromTheLastVersion()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(10, ApiJson.Service("a", 5));
        await watch.SendAsync(ApiJson.Event("MODIFIED", ApiJson.Service("a", 12)), ApiJson.Bookmark(15));
        fixture.Time.Advance(TimeSpan.FromSeconds(300));
        watch.End();
        ScriptedRequest next = await fixture.Api.NextAsync();
        Assert.Equal(("15", null), (next["resourceVersion"], next["sendInitialEvents"]));
        Assert.InRange(int.Parse(next["timeoutSeconds"]!), 300, 600);
    }

    [Fact]
    public async Task Watch_EndsAtOnceEveryTime_IsAskedForLessAndLessOften()
    {
        await using ReflectorFixture fixture = new();
        (await fixture.StartAsync(10)).End();
        double[] seconds = [0.5, 0.5, 1, 2, 4, 8, 16, 30, 30];
        foreach ((int i, double wait) in seconds.Skip(1).Index())
        {
            ScriptedRequest next = await fixture.NextAfterAsync(TimeSpan.FromSeconds(i == 0 ? 0.5 : wait));
            Assert.Equal("10", next["resourceVersion"]);
            next.Open().End();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_Expired_ListsAfreshAndGivesOnlyTheDifference(bool asEvent)
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(10, ApiJson.Service("same", 5), ApiJson.Service("changed", 6), ApiJson.Service("gone", 7));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        if (asEvent)
        {
            await watch.SendAsync(ApiJson.Event("ERROR", ApiJson.Status(410, "too old resource version: 10 (570)")));
        }
        else
        {
            watch.End();
            (await fixture.Api.NextAsync()).Refuse(HttpStatusCode.Gone);
        }

        ScriptedRequest fresh = await fixture.Api.NextAsync();
        Assert.Equal("true", fresh["sendInitialEvents"]);
        fresh.Open();
        await fresh.SendAsync(
            ApiJson.Event("ADDED", ApiJson.Service("same", 5)),
            ApiJson.Event("ADDED", ApiJson.Service("changed", 600)),
            ApiJson.Event("ADDED", ApiJson.Service("new", 601)));
        Assert.Single(fixture.Sink.Log);
        await fresh.SendAsync(ApiJson.InitialEnd(601));
        await fixture.LoggedAsync(2);
        Assert.Equal("Listed: Set default/changed, Set default/new, Removed default/gone", fixture.Sink.Log[1]);
        Assert.Empty(fixture.Logger.Messages);
    }

    [Fact]
    public async Task Watch_ExpiredEveryTime_DoesNotListInALoop()
    {
        await using ReflectorFixture fixture = new();
        await fixture.RefuseWatchListAsync();
        (await fixture.Api.NextAsync()).Answer(ApiJson.List(10));
        (await fixture.Api.NextAsync()).Refuse(HttpStatusCode.Gone);
        (await fixture.Api.NextAsync()).Answer(ApiJson.List(10));
        (await fixture.Api.NextAsync()).Refuse(HttpStatusCode.Gone);
        (await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5))).Answer(ApiJson.List(10));
        (await fixture.Api.NextAsync()).Refuse(HttpStatusCode.Gone);
        Assert.False((await fixture.NextAfterAsync(TimeSpan.FromSeconds(1))).IsWatch);
    }

    [Fact]
    public async Task Watch_ExpiredRightAfterItsInitialEvents_DoesNotListInALoop()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.Api.NextAsync();
        foreach (double wait in (double[])[0, 0.5, 1, 2])
        {
            watch.Open();
            await watch.SendAsync(
                ApiJson.Event("ADDED", ApiJson.Service("a", 5)), ApiJson.InitialEnd(10), ApiJson.Event("ERROR", ApiJson.Status(410)));
            watch = await (wait == 0 ? fixture.Api.NextAsync() : fixture.NextAfterAsync(TimeSpan.FromSeconds(wait)));
            Assert.Equal("true", watch["sendInitialEvents"]);
        }
    }

    [Fact]
    public async Task List_TokenExpired_StartsAgainInOnePiece()
    {
        await using ReflectorFixture fixture = new();
        await fixture.RefuseWatchListAsync();
        (await fixture.Api.NextAsync()).Answer(ApiJson.ListPage(10, "t1", ApiJson.Service("old", 5)));
        (await fixture.Api.NextAsync()).Refuse(HttpStatusCode.Gone);
        ScriptedRequest whole = await fixture.Api.NextAsync();
        Assert.Equal(("0", null), (whole["limit"], whole["continue"]));
        whole.Answer(ApiJson.List(20, ApiJson.Service("new", 15)));
        Assert.Equal("20", (await fixture.Api.NextAsync())["resourceVersion"]);
        Assert.Equal(["Listed: Set default/new"], fixture.Sink.Log);
    }

    [Fact]
    public async Task Api_Unreachable_KeepsWhatIsKnownAndBacksOffAndSaysSoOnce()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(10, ApiJson.Service("a", 5));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        watch.Break();
        ScriptedRequest next = await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5));
        foreach (double wait in (double[])[1, 2, 4, 8, 16, 30, 30])
        {
            next.Fail(new ApiUnreachableException("API server https://10.0.0.1:6443: connection refused"));
            next = await fixture.NextAfterAsync(TimeSpan.FromSeconds(wait));
        }

        Assert.Equal("10", next["resourceVersion"]);
        next.Open();
        await next.SendAsync(ApiJson.Event("MODIFIED", ApiJson.Service("a", 11)));
        await fixture.LoggedAsync(2);
        Assert.Equal(["Listed: Set default/a", "Set default/a"], fixture.Sink.Log);
        Assert.Equal(
            ["API server https://10.0.0.1:6443: connection refused; trying on, what is known stays in force", "the API server is reachable again after 91 s"],
            fixture.Logger.Messages);

        // Success resets the waits.
        next.Break();
        (await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5))).Open();
    }

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "Thu, 01 Jan 2026 00:00:09 GMT", 9)]
    [InlineData(504, "3600", 30)]
    [InlineData(503, "gibberish", 0.5)]
    [InlineData(429, null, 0.5)]
    public async Task Api_Busy_IsLeftAloneAsLongAsItAsks(int status, string? retryAfter, double seconds)
    {
        await using ReflectorFixture fixture = new();
        (await fixture.Api.NextAsync()).Refuse((HttpStatusCode)status, retryAfter: retryAfter);
        await fixture.NextAfterAsync(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Api_ErrorWithoutEnd_IsNotWaitedFor()
    {
        await using ReflectorFixture fixture = new();
        (await fixture.Api.NextAsync()).Open(HttpStatusCode.InternalServerError);
        await fixture.TimersAsync(1);
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5));
        Assert.Equal("cannot watch services: the API server says 500; trying on, what is known stays in force", Assert.Single(fixture.Logger.Messages));
    }

    [Fact]
    public async Task Api_Forbids_SaysWhatAndHowToGrantIt()
    {
        await using ReflectorFixture fixture = new(new(ControlPlane.Kubernetes.Watching.ResourceKind.EndpointSlices, "shop"));
        (await fixture.Api.NextAsync()).Refuse(
            HttpStatusCode.Forbidden,
            """endpointslices.discovery.k8s.io is forbidden: User \"system:serviceaccount:shop:l4proxy\" cannot watch resource""");
        await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5));
        Assert.Equal(
            "not allowed to watch endpointslices.discovery.k8s.io in namespace shop (403) as system:serviceaccount:shop:l4proxy; grant it with: "
            + "kubectl create role l4proxy-endpointslices -n shop --verb=list,watch --resource=endpointslices.discovery.k8s.io"
            + " && kubectl create rolebinding l4proxy-endpointslices -n shop --role=l4proxy-endpointslices --serviceaccount=shop:l4proxy"
            + "; trying on, what is known stays in force",
            Assert.Single(fixture.Logger.Messages));
    }

    [Fact]
    public async Task Watch_SilentForItsWholeTime_LeadsToAFreshList()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(99999999, ApiJson.Service("a", 50));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        watch.Break();
        ScriptedRequest silent = await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5));
        Assert.Equal("99999999", silent["resourceVersion"]);
        silent.Open();
        await fixture.TimersAsync(1);
        fixture.Time.Advance(TimeSpan.FromSeconds(int.Parse(silent["timeoutSeconds"]!) + 30));
        ScriptedRequest fresh = await fixture.Api.NextAsync();
        Assert.Equal("true", fresh["sendInitialEvents"]);

        // The store went back in time: the same version need not be the same object.
        fresh.Open();
        await fresh.SendAsync(ApiJson.Event("ADDED", ApiJson.Service("a", 50)), ApiJson.InitialEnd(60));
        await fixture.LoggedAsync(2);
        Assert.Equal("Listed: Set default/a", fixture.Sink.Log[1]);
    }

    [Fact]
    public async Task Watch_VersionTooLarge_LeadsToAFreshList()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(99999999);
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        watch.End();
        (await fixture.Api.NextAsync()).Answer(
            """{"kind":"Status","status":"Failure","message":"Timeout: Too large resource version","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge"}]},"code":504}""",
            HttpStatusCode.GatewayTimeout,
            "1");
        Assert.Equal("true", (await fixture.Api.NextAsync())["sendInitialEvents"]);
    }

    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"b" """)]
    [InlineData("<html>a page of some proxy</html>\n")]
    [InlineData("{}\n")]
    [InlineData("[]\n")]
    [InlineData("""{"type":7,"object":{}}""" + "\n")]
    [InlineData("""{"type":"ADDED"}""" + "\n")]
    public async Task Watch_Garbage_IsAskedForAgainAndThirdTimeListed(string garbage)
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(10, ApiJson.Service("a", 5));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        watch.End();
        ScriptedRequest next = await fixture.Api.NextAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("10", next["resourceVersion"]);
            await next.Open().SendRawAsync(Encoding.UTF8.GetBytes(garbage));
            next.End();
            next = await fixture.NextAfterAsync(TimeSpan.FromSeconds(0.5 * (1 << i)));
        }

        Assert.Equal("true", next["sendInitialEvents"]);
        Assert.Equal(["Listed: Set default/a"], fixture.Sink.Log);
        Assert.Single(fixture.Logger.Messages);
    }

    [Fact]
    public async Task Watch_BadObject_KeepsTheGoodVersionAndGoesOn()
    {
        await using ReflectorFixture fixture = new();
        ScriptedRequest watch = await fixture.StartAsync(10, ApiJson.Service("a", 5));
        await watch.SendAsync(
            ApiJson.Event("MODIFIED", ApiJson.Service("a", 11).Replace("\"port\":80", "\"port\":\"eighty\"")),
            ApiJson.Event("ADDED", ApiJson.Service("b", 12).Replace("\"port\":80", "\"port\":[]")),
            ApiJson.Event("ADDED", ApiJson.Service("c", 13)));
        await fixture.LoggedAsync(4);
        Assert.Equal(["Faulty default/a", "Faulty default/b", "Set default/c"], fixture.Sink.Log.Skip(1));
        string[] problems = [.. fixture.Sink.Changes.Select(c => c.Problem?.ToString()).OfType<string>()];
        Assert.Equal(
            [
                "Service default/a: spec.ports[0].port: not of the type that the API defines; the last good version stays in force",
                "Service default/b: spec.ports[0].port: not of the type that the API defines; the object is left out",
            ],
            problems);
    }

    [Fact]
    public async Task RequestList_DuringAWatch_ListsAtOnce()
    {
        await using ReflectorFixture fixture = new();
        await fixture.StartAsync(10, ApiJson.Service("a", 5));
        fixture.Reflector.RequestList();
        Assert.Equal("true", (await fixture.Api.NextAsync())["sendInitialEvents"]);
    }

    [Fact]
    public async Task RequestList_AfterTheEnd_IsNoError()
    {
        ReflectorFixture fixture = new();
        await fixture.DisposeAsync();
        fixture.Reflector.RequestList();
    }

    [Fact]
    public async Task RequestList_DuringABackoff_ListsAtOnce()
    {
        await using ReflectorFixture fixture = new();
        (await fixture.Api.NextAsync()).Fail(new ApiUnreachableException("API server https://10.0.0.1:6443: connection refused"));
        await fixture.TimersAsync(1);
        fixture.Reflector.RequestList();
        await fixture.Api.NextAsync();
    }
}
