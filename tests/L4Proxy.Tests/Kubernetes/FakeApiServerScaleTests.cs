using System.Text.Json.Nodes;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public sealed class FakeApiServerScaleTests
{
    [Fact]
    public async Task ManyObjects_ListedInPartsAndWatchedUnderChurn_AreAllThere()
    {
        const int Services = 2_000;
        const int Changes = 5_000;
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(SampleCluster.Objects(Services, endpoints: 10));
        using ApiServerClient client = new(server);
        HashSet<string> listed = [];
        string next = "";
        do
        {
            JsonObject page = await client.GetJsonAsync($"/apis/discovery.k8s.io/v1/endpointslices?limit=500&continue={next}");
            listed.UnionWith(page["items"]!.AsArray().Select(i => (string)i!["metadata"]!["name"]!));
            next = (string?)page["metadata"]!["continue"] ?? "";
        }
        while (next.Length > 0);
        Assert.Equal(Services, listed.Count);
        using ApiServerClient.WatchStream watch =
            await client.WatchAsync($"/apis/discovery.k8s.io/v1/endpointslices?watch=1&resourceVersion={server.ResourceVersion}");

        Task churn = Task.Run(
            () =>
            {
                for (int i = 0; i < Changes; i++)
                {
                    server.Apply(SampleCluster.Slice(i % Services, 10, generation: 1 + (i / Services)));
                }
            });
        long last = server.ResourceVersion;
        for (int i = 0; i < Changes; i++)
        {
            string line = (await watch.LineAsync())!;
            Assert.StartsWith("{\"type\":\"MODIFIED\"", line);
        }

        await churn;
        Assert.True(server.ResourceVersion >= last);
    }
}
