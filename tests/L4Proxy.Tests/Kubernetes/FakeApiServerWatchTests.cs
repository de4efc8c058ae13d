using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public sealed class FakeApiServerWatchTests
{
    private const string Watch = "/api/v1/services?watch=1";

    [Fact]
    public async Task Watch_FromAVersion_TellsWhatChangedSinceAndWhatChanges()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        long a = server.Apply(ApiObjects.Service("demo", "a", "10.96.1.1"));
        long b = server.Apply(ApiObjects.Service("demo", "b"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Watch}&resourceVersion={a}");
        Assert.Equal($"ADDED b {b}", await watch.NextShortAsync());

        long modified = server.Update("services", "demo", "a", o => o["spec"]!["sessionAffinity"] = "ClientIP");
        Assert.Equal($"MODIFIED a {modified}", await watch.NextShortAsync());

        long deleted = server.Delete("services", "demo", "a");
        JsonObject? last = await watch.NextAsync();
        Assert.Equal("DELETED", (string?)last!["type"]);
        Assert.Equal(deleted.ToString(), (string?)last["object"]!["metadata"]!["resourceVersion"]);
        Assert.Equal(["kind", "apiVersion", "metadata", "spec", "status"], last["object"]!.AsObject().Select(f => f.Key));
        Assert.Equal("ClientIP", (string?)last["object"]!["spec"]!["sessionAffinity"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task Watch_FromAnyVersion_BeginsWithWhatThereIs(string query)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("demo", "b"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync(Watch + query);

        Assert.Equal("ADDED a 201", await watch.NextShortAsync());
        Assert.Equal("ADDED b 202", await watch.NextShortAsync());
        server.Delete("services", "demo", "a");
        Assert.Equal("DELETED a 203", await watch.NextShortAsync());
    }

    [Fact]
    public async Task Watch_FromAnyVersionWithBookmarks_MarksTheEndOfTheInitialEvents()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Watch}&resourceVersion=0&allowWatchBookmarks=true");

        Assert.Equal("ADDED a 201", await watch.NextShortAsync());
        Assert.Equal("true", (string?)(await watch.NextAsync())!["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
    }

    [Fact]
    public async Task Watch_Events_AreOneChunkEach()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using TcpClient client = new();
        await client.ConnectAsync(server.Url.Host, server.Url.Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /api/v1/services?watch=1&resourceVersion=200 HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
        await server.WaitForWatchesAsync("services");
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("demo", "b"));
        server.EndWatches();
        StringBuilder answer = new();
        byte[] buffer = new byte[4096];
        while (!answer.ToString().EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
        {
            answer.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer).AsTask().Within()));
        }

        string[] chunks = answer.ToString().Split("\r\n\r\n", 2)[1].Split("\r\n");
        Assert.Equal(7, chunks.Length);
        foreach (int i in (int[])[0, 2])
        {
            Assert.StartsWith("{\"type\":\"ADDED\"", chunks[i + 1]);
            Assert.EndsWith("}}\n", chunks[i + 1]);
            Assert.Equal(chunks[i + 1].Length, Convert.ToInt32(chunks[i], 16));
        }
    }

    [Fact]
    public async Task Watch_WithLabelSelector_TellsOfRelabellingAsDeletionAndAddition()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Watch}&resourceVersion=201&labelSelector=!other");

        server.Update("services", "demo", "a", o => o["metadata"]!["labels"] = new JsonObject { ["other"] = "x" });
        server.Update("services", "demo", "a", o => o["spec"]!["sessionAffinity"] = "ClientIP");
        server.Update("services", "demo", "a", o => o["metadata"]!["labels"] = new JsonObject());

        JsonObject? left = await watch.NextAsync();
        Assert.Equal("DELETED 202", $"{left!["type"]} {left["object"]!["metadata"]!["resourceVersion"]}");

        // It is told as it last matched.
        Assert.Null(left["object"]!["metadata"]!["labels"]?["other"]);
        Assert.Equal("ADDED a 204", await watch.NextShortAsync());
    }

    [Fact]
    public async Task Watch_FromACompactedVersion_Is200AndOneErrorEvent()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("demo", "b"));
        server.Compact();
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Watch}&resourceVersion=201&allowWatchBookmarks=true");

        Assert.Equal(
            """
            {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 201 (202)","reason":"Expired","code":410}}
            """,
            await watch.LineAsync());
        Assert.Null(await watch.LineAsync());
    }

    [Fact]
    public async Task Watch_WithTimeout_EndsCleanlyAfterBookmarks()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Slice("demo", "a-1", "a"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch =
            await client.WatchAsync($"{Watch}&resourceVersion=202&allowWatchBookmarks=true&timeoutSeconds=3");

        // The last change of Services was before the version that the watch began with, which is the later one.
        Assert.Equal(
            """
            {"type":"BOOKMARK","object":{"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":"202"},"spec":{},"status":{"loadBalancer":{}}}}
            """,
            await watch.LineAsync());
        string? next;
        while ((next = await watch.LineAsync()) is not null)
        {
            Assert.StartsWith("{\"type\":\"BOOKMARK\"", next);
        }
    }

    [Fact]
    public async Task Watch_FromAFutureVersion_IsSilentUntilItsEnd()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch =
            await client.WatchAsync($"{Watch}&resourceVersion=99999999&allowWatchBookmarks=true&timeoutSeconds=3");
        server.Apply(ApiObjects.Service("demo", "a"));

        Assert.Null(await watch.LineAsync());
    }

    [Fact]
    public async Task WatchList_MarksTheEndOfTheInitialEvents()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Slice("demo", "a-1", "a", "10.0.0.1"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync(
            "/apis/discovery.k8s.io/v1/endpointslices?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");

        Assert.Equal("ADDED a-1 201", await watch.NextShortAsync());
        Assert.Equal(
            """
            {"type":"BOOKMARK","object":{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"resourceVersion":"201","annotations":{"k8s.io/initial-events-end":"true"}},"addressType":"","endpoints":null,"ports":null}}
            """,
            await watch.LineAsync());
        server.Delete("endpointslices", "demo", "a-1");
        Assert.Equal("DELETED a-1 202", await watch.NextShortAsync());
    }
}
