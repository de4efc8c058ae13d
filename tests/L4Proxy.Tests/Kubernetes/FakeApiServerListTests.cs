using System.Text.Json.Nodes;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public sealed class FakeApiServerListTests
{
    [Fact]
    public async Task List_Services_IsInTheRecordedForm()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "web", "10.96.1.1"));
        using ApiServerClient client = new(server);

        using HttpResponseMessage response = await client.GetAsync("/api/v1/services");

        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache, private", response.Headers.GetValues("Cache-Control").Single());
        Assert.True(Guid.TryParse(response.Headers.GetValues("Audit-Id").Single(), out _));
        Assert.True(response.Headers.TransferEncodingChunked);
        string body = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("}]}\n", body);
        JsonObject list = JsonNode.Parse(body)!.AsObject();
        Assert.Equal("ServiceList v1 201", $"{list["kind"]} {list["apiVersion"]} {list["metadata"]!["resourceVersion"]}");
        JsonObject item = list["items"]!.AsArray().Single()!.AsObject();
        Assert.Equal(["metadata", "spec", "status"], item.Select(f => f.Key));
        Assert.Equal("{\"loadBalancer\":{}}", item["status"]!.ToJsonString());
        Assert.Equal("[\"10.96.1.1\"]", item["spec"]!["clusterIPs"]!.ToJsonString());
        Assert.Equal("Cluster", (string?)item["spec"]!["internalTrafficPolicy"]);
    }

    [Fact]
    public async Task List_WithLimit_TellsAllObjectsOfOneVersionInParts()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        foreach (string name in (string[])["e", "a", "d", "b", "c"])
        {
            server.Apply(ApiObjects.Service("demo", name));
        }

        using ApiServerClient client = new(server);
        JsonObject first = await client.GetJsonAsync("/api/v1/services?limit=2");
        Assert.Equal(3, (int)first["metadata"]!["remainingItemCount"]!);
        server.Delete("services", "demo", "c");
        server.Apply(ApiObjects.Service("demo", "bb"));

        JsonObject second = await client.GetJsonAsync($"/api/v1/services?limit=2&continue={first["metadata"]!["continue"]}");
        JsonObject third = await client.GetJsonAsync($"/api/v1/services?limit=2&continue={second["metadata"]!["continue"]}");

        Assert.Equal(["a", "b", "c", "d", "e"], Names(first).Concat(Names(second)).Concat(Names(third)));
        Assert.Equal((string)first["metadata"]!["resourceVersion"]!, (string)third["metadata"]!["resourceVersion"]!);
        Assert.Null(third["metadata"]!["continue"]);
        Assert.Null(third["metadata"]!["remainingItemCount"]);
    }

    [Fact]
    public async Task List_ContinuedAfterCompaction_Is410WithATokenForTheRest()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("demo", "b"));
        using ApiServerClient client = new(server);
        JsonObject first = await client.GetJsonAsync("/api/v1/services?limit=1");
        server.Apply(ApiObjects.Service("demo", "c"));
        server.Compact();

        JsonObject status = await client.GetJsonAsync($"/api/v1/services?limit=1&continue={first["metadata"]!["continue"]}", 410);
        Assert.Equal("Expired", (string?)status["reason"]);
        JsonObject rest = await client.GetJsonAsync($"/api/v1/services?continue={status["metadata"]!["continue"]}");

        Assert.Equal(["b", "c"], Names(rest));
    }

    [Theory]
    [InlineData("?labelSelector=app=web", "labelled")]
    [InlineData("?labelSelector=app==web", "labelled")]
    [InlineData("?labelSelector=app!=web", "other plain")]
    [InlineData("?labelSelector=app", "labelled other")]
    [InlineData("?labelSelector=!app", "plain")]
    [InlineData("?labelSelector=!app,!zone", "plain")]
    [InlineData("?labelSelector=app in (web, db)", "labelled other")]
    [InlineData("?labelSelector=app notin (web)", "other plain")]
    [InlineData("?labelSelector=", "labelled other plain")]
    [InlineData("?fieldSelector=metadata.name=plain", "plain")]
    [InlineData("?fieldSelector=metadata.namespace!=demo", "")]
    [InlineData("?fieldSelector=spec.clusterIP!=None", "labelled other")]
    [InlineData("?fieldSelector=spec.clusterIP=None", "plain")]
    public async Task List_WithSelector_HoldsWhatMatches(string query, string names)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "labelled", labels: "app: web"));
        server.Apply(ApiObjects.Service("demo", "other", labels: "app: db"));
        server.Apply(ApiObjects.Service("demo", "plain", "None"));
        using ApiServerClient client = new(server);

        JsonObject list = await client.GetJsonAsync("/api/v1/services" + query);

        Assert.Equal(names, string.Join(' ', Names(list)));
    }

    [Fact]
    public async Task List_OfANamespace_LeavesOthersOut()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "a"));
        server.Apply(ApiObjects.Service("else", "b"));
        using ApiServerClient client = new(server);

        Assert.Equal(["b"], Names(await client.GetJsonAsync("/api/v1/namespaces/else/services")));
        Assert.Equal("b", (string?)(await client.GetJsonAsync("/api/v1/namespaces/else/services/b"))["metadata"]!["name"]);
    }

    private static IEnumerable<string?> Names(JsonObject list) => list["items"]!.AsArray().Select(i => (string?)i!["metadata"]!["name"]);
}
