using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public sealed class FakeApiServerFaultTests
{
    private const string Services = "/api/v1/services";

    [Fact]
    public async Task Inject_Status_HitsAsManyRequestsAsAsked()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        using InjectedFault fault = server.Inject(Fault.Status(429, retryAfterSeconds: 7), "services", "list", times: 2);

        await client.GetJsonAsync("/api/v1/nodes");
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage response = await client.GetAsync(Services);
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
        }

        await fault.WaitUsedUpAsync();
        await client.GetJsonAsync(Services);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Inject_Cut_BreaksAfterThatManyBytes(int bytes)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Inject(Fault.Cut(bytes));

        Assert.Equal(bytes, await ReadUntilBrokenAsync(server));
    }

    [Fact]
    public async Task Inject_Close_EndsTheAnswerShort()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Inject(Fault.Close(33));

        Assert.Equal(33, await ReadUntilBrokenAsync(server));
    }

    [Fact]
    public async Task Inject_Stall_KeepsTheConnectionOpenUntilTheServerGoes()
    {
        FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        server.Inject(Fault.Stall(10));
        using HttpResponseMessage response = await client.GetAsync(Services);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[100];
        await body.ReadExactlyAsync(buffer.AsMemory(0, 10)).AsTask().Within();
        Task<int> next = body.ReadAsync(buffer).AsTask();

        Assert.Equal(1, server.OpenConnections);
        Assert.False(next.IsCompleted);
        await server.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => next.Within());
        Assert.Equal(0, server.OpenConnections);
    }

    [Fact]
    public async Task Inject_Slow_SendsAllInPieces()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        server.Inject(Fault.Slow());

        Assert.Equal("ServiceList", (string?)(await client.GetJsonAsync(Services))["kind"]);
    }

    [Fact]
    public async Task Inject_Hold_AnswersWhenLetGo()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        TaskCompletionSource gate = new();
        server.Inject(Fault.Hold(gate.Task));
        Task<HttpResponseMessage> answer = client.GetAsync(Services);
        await server.WaitForRequestAsync(r => r.Verb == "list");

        Assert.False(answer.IsCompleted);
        gate.SetResult();
        using HttpResponseMessage response = await answer.Within();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Inject_Prefix_PutsItInFrontOfTheEvents()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        server.Inject(Fault.Prefix("garbage\n"), verb: "watch");
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Services}?watch=1");

        Assert.Equal("garbage", await watch.LineAsync());
        Assert.Equal("ADDED a 201", await watch.NextShortAsync());
    }

    [Fact]
    public async Task Watches_CanBeEndedCutClosedExpiredAndTalkedInto()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        using (ApiServerClient.WatchStream ended = await WatchAsync(server, client))
        {
            server.Apply(ApiObjects.Service("demo", "a"));
            server.EndWatches("services");
            Assert.Equal("ADDED a 201", await ended.NextShortAsync());
            Assert.Equal("end", await ended.NextShortAsync());
        }

        using (ApiServerClient.WatchStream cut = await WatchAsync(server, client))
        {
            server.SendToWatches("services", "{\"type\":\"ADD");
            server.CutWatches("services");
            await Assert.ThrowsAnyAsync<IOException>(cut.LineAsync);
        }

        using (ApiServerClient.WatchStream closed = await WatchAsync(server, client))
        {
            server.CloseWatches();
            await Assert.ThrowsAnyAsync<IOException>(closed.LineAsync);
        }

        using ApiServerClient.WatchStream expired = await WatchAsync(server, client);
        server.ExpireWatches();
        Assert.Equal(410, (int)(await expired.NextAsync())!["object"]!["code"]!);
        Assert.Null(await expired.LineAsync());
        await Eventually.Equal(0, () => server.CountWatches());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_BreaksAllAndListensAgainOnThePort(bool resetVersions)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        Uri url = server.Url;
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await WatchAsync(server, client);

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<IOException>(watch.LineAsync);
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Services));
        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);
        await server.ListenAsync();
        await server.RestartAsync(resetVersions);

        Assert.Equal(url, server.Url);
        Assert.Equal(resetVersions ? "1" : "201", (string?)(await client.GetJsonAsync(Services))["metadata"]!["resourceVersion"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restart_WatchesFromBefore_AreToldOnlyByAServerThatRemembers(bool remembersChanges)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("demo", "b"));
        await server.RestartAsync(remembersChanges: remembersChanges);
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream last = await client.WatchAsync($"{Services}?watch=1&resourceVersion=202");
        using ApiServerClient.WatchStream older = await client.WatchAsync($"{Services}?watch=1&resourceVersion=201");
        server.Apply(ApiObjects.Service("demo", "c"));

        Assert.Equal("ADDED c 203", await last.NextShortAsync());
        Assert.Equal(remembersChanges ? "ADDED b 202" : "ERROR", (await older.NextShortAsync()).Trim());

        // The storage goes further back than the watches.
        await client.GetJsonAsync($"{Services}?resourceVersion=201&resourceVersionMatch=Exact");
    }

    [Fact]
    public async Task Stop_EndsWatchesCleanly()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        using ApiServerClient client = new(server, ApiServerClient.Handler(server.Authority));
        client.Http.DefaultRequestVersion = HttpVersion.Version20;
        using ApiServerClient.WatchStream watch = await WatchAsync(server, client);

        await server.StopAsync();

        Assert.Null(await watch.LineAsync());
        Assert.Equal(0, server.OpenConnections);
    }

    [Fact]
    public async Task Restart_ManyTimesUnderWatches_LeavesNothingOpen()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        for (int i = 0; i < 20; i++)
        {
            ApiServerClient.WatchStream[] watches = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WatchAsync(server, client)));
            server.Apply(ApiObjects.Service("demo", $"s{i}"));
            await server.RestartAsync();
            Assert.Equal(0, server.OpenConnections);
            Assert.Equal(0, server.CountWatches());
            Array.ForEach(watches, w => w.Dispose());
        }

        Assert.Equal(20, server.GetAll("services").Count);
    }

    [Fact]
    public async Task Restore_GoesBackToTheBackup()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        StoreBackup backup = server.Backup();
        server.Apply(ApiObjects.Service("demo", "b"));
        await server.KillAsync();
        server.Restore(backup);
        await server.ListenAsync();

        Assert.Equal(201, server.ResourceVersion);
        Assert.Equal("a", (string?)server.GetAll("services").Single()["metadata"]!["name"]);
    }

    private static async Task<ApiServerClient.WatchStream> WatchAsync(FakeApiServer server, ApiServerClient client)
    {
        ApiServerClient.WatchStream watch = await client.WatchAsync($"{Services}?watch=1&resourceVersion={server.ResourceVersion}");
        await server.WaitForWatchesAsync("services");
        return watch;
    }

    private static async Task<int> ReadUntilBrokenAsync(FakeApiServer server)
    {
        using ApiServerClient client = new(server);
        int count = 0;
        try
        {
            using HttpResponseMessage response = await client.GetAsync(Services);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            byte[] buffer = new byte[100_000];
            int read;
            while ((read = await body.ReadAsync(buffer).AsTask().Within()) > 0)
            {
                count += read;
            }

            Assert.Fail("the answer ended as if it were whole");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The cut.
        }

        return count;
    }
}
