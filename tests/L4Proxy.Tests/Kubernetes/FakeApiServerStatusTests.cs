using System.Net;
using System.Net.Http.Json;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>Errors, letter by letter as a real server was heard to say them.</summary>
public sealed class FakeApiServerStatusTests
{
    private const string Head = """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",""";

    [Theory]
    [InlineData(
        "/api/v1/services?labelSelector=a%20b%20c",
        400,
        """
        "message":"unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt","reason":"BadRequest","code":400}
        """)]
    [InlineData(
        "/api/v1/namespaces/demo/services/nope",
        404,
        """
        "message":"services \"nope\" not found","reason":"NotFound","details":{"name":"nope","kind":"services"},"code":404}
        """)]
    [InlineData(
        "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices/nope",
        404,
        """
        "message":"endpointslices.discovery.k8s.io \"nope\" not found","reason":"NotFound","details":{"name":"nope","group":"discovery.k8s.io","kind":"endpointslices"},"code":404}
        """)]
    [InlineData(
        "/apis/discovery.k8s.io/v1beta9/endpointslices",
        404,
        """
        "message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}
        """)]
    [InlineData(
        "/api/v1/services?resourceVersion=465&resourceVersionMatch=Exact",
        410,
        """
        "message":"The resourceVersion for the provided list is too old.","reason":"Expired","code":410}
        """)]
    [InlineData(
        "/api/v1/services?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=3",
        422,
        """
        "message":"ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan","reason":"Invalid","details":{"group":"meta.k8s.io","kind":"ListOptions","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan","field":"resourceVersionMatch"}]},"code":422}
        """)]
    [InlineData(
        "/api/v1/services?watch=1&resourceVersion=abc&timeoutSeconds=3",
        500,
        """
        "message":"resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax","code":500}
        """)]
    [InlineData(
        "/api/v1/services?resourceVersion=99999999",
        504,
        """
        "message":"Timeout: Too large resource version: 99999999, current: 539","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504}
        """)]
    public async Task Get_WhatIsRefused_SaysWhatTheRealServerSays(string path, int code, string status)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { FirstVersion = 539 });
        using ApiServerClient client = new(server);

        using HttpResponseMessage response = await client.GetAsync(path);

        Assert.Equal(code, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Null(response.Headers.TransferEncodingChunked);
        Assert.Equal(code == 504 ? TimeSpan.FromSeconds(1) : null, response.Headers.RetryAfter?.Delta);
        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(Head + status + "\n", body);
    }

    [Fact]
    public async Task Get_WithAnExpiredContinueToken_SaysWhatTheRealServerSays()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { FirstVersion = 539 });
        using ApiServerClient client = new(server);

        using HttpResponseMessage response = await client.GetAsync(
            "/apis/discovery.k8s.io/v1/endpointslices?limit=2&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NDY1LCJzdGFydCI6Ii9kZW1vL2hlYWRsZXNzLThndzJ3XHUwMDAwIn0");

        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Equal(
            """
            {"kind":"Status","apiVersion":"v1","metadata":{"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiZGVtby9oZWFkbGVzcy04Z3cyd1x1MDAwMCJ9"},"status":"Failure","message":"The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.","reason":"Expired","code":410}

            """,
            await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(WatchListSupport.Disabled, "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")]
    [InlineData(WatchListSupport.Unknown, "resourceVersionMatch is forbidden for watch")]
    public async Task WatchList_OnAServerWithoutIt_Is422(WatchListSupport support, string message)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { WatchList = support });
        using ApiServerClient client = new(server);

        var status = await client.GetJsonAsync("/api/v1/services?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", 422);

        Assert.Equal("Forbidden: " + message, (string?)status["details"]!["causes"]![0]!["message"]);
    }

    [Fact]
    public async Task WatchList_Dropped_IsAPlainWatch()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { WatchList = WatchListSupport.Ignored });
        server.Apply(ApiObjects.Service("demo", "a"));
        using ApiServerClient client = new(server);
        using ApiServerClient.WatchStream watch = await client.WatchAsync(
            "/api/v1/services?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED a 201", await watch.NextShortAsync());
        server.EndWatches();

        Assert.Equal("end", await watch.NextShortAsync());
    }

    [Fact]
    public async Task Changes_OverHttp_AreCheckedAsByTheRealServer()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        using ApiServerClient client = new(server);
        const string Services = "/api/v1/namespaces/demo/services";
        const string Web = """{"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"ports":[{"port":80}]}}""";

        async Task<string> Send(HttpMethod method, string path, string body, string type = "application/json")
        {
            using HttpRequestMessage request = new(method, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, type) };
            using HttpResponseMessage response = await client.Http.SendAsync(request);
            var json = await response.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>();
            return $"{(int)response.StatusCode} {json!["message"] ?? json["metadata"]!["resourceVersion"]}";
        }

        Assert.Equal("201 201", await Send(HttpMethod.Post, Services, Web));
        Assert.Equal("409 services \"web\" already exists", await Send(HttpMethod.Post, Services, Web));
        Assert.Equal(
            "200 202",
            await Send(HttpMethod.Patch, $"{Services}/web", """{"spec":{"sessionAffinity":"ClientIP"}}""", "application/merge-patch+json"));
        Assert.Equal(
            "409 Operation cannot be fulfilled on services \"web\": the object has been modified; please apply your changes to the latest version and try again",
            await Send(HttpMethod.Put, $"{Services}/web", Web.Replace("\"web\"", "\"web\",\"namespace\":\"demo\",\"resourceVersion\":\"201\"")));
        Assert.Equal(
            "200 203",
            await Send(HttpMethod.Patch, $"{Services}/web/status", """{"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.1"}]}}}"""));
        Assert.Equal("VIP", (string?)server.Get("services", "demo", "web")!["status"]!["loadBalancer"]!["ingress"]![0]!["ipMode"]);
        Assert.Equal(10800, (int?)server.Get("services", "demo", "web")!["spec"]!["sessionAffinityConfig"]!["clientIP"]!["timeoutSeconds"]);
        Assert.Equal("200 203", await Send(HttpMethod.Delete, $"{Services}/web", ""));
        Assert.Equal("404 services \"web\" not found", await Send(HttpMethod.Delete, $"{Services}/web", ""));
    }

    [Fact]
    public async Task List_Large_IsCompressedForThoseWhoTakeIt()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Slice("demo", "small", "a", "10.0.0.1"));
        using ApiServerClient client = new(server);
        client.Http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        const string Slices = "/apis/discovery.k8s.io/v1/endpointslices";
        using HttpResponseMessage small = await client.GetAsync(Slices);
        Assert.Empty(small.Content.Headers.ContentEncoding);
        server.Apply(ApiObjects.Slice("demo", "large", "b", [.. Enumerable.Range(0, 5000).Select(i => $"10.1.{i / 250}.{i % 250}")]));

        using HttpResponseMessage large = await client.GetAsync(Slices);
        Assert.Equal(["gzip"], large.Content.Headers.ContentEncoding);
        Assert.Equal("Accept-Encoding", large.Headers.Vary.Single());
        using ApiServerClient unpacking = new(server, new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });
        Assert.Equal(2, (await unpacking.GetJsonAsync(Slices))["items"]!.AsArray().Count);
    }
}
