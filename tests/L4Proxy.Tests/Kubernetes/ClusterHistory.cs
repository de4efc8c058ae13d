using System.Text.Json.Nodes;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>Changes of a small cluster, and troubles of its API server, each chosen by a number.</summary>
internal sealed class ClusterHistory(FakeApiServer server)
{
    private static readonly int[] s_errors = [401, 403, 404, 410, 429, 500, 503, 504];

    private const string ProxyNameLabel = "service.kubernetes.io/service-proxy-name";

    /// <summary>Creates, changes or deletes an object.</summary>
    public void Change(int choice)
    {
        string name = $"s{choice / 10 % 4}";
        string slice = $"{name}-{choice / 100 % 2}";
        int address = choice / 1000 % 200;
        switch (choice % 10)
        {
            case 0 or 1:
                server.Apply(ApiObjects.Service("demo", name, $"10.96.0.{1 + (choice / 10 % 4)}"));
                break;
            case 2 or 3 or 4 or 5:
                server.Apply(ApiObjects.Slice("demo", slice, name, [.. Enumerable.Range(1, 1 + (address % 3)).Select(i => $"10.244.{i}.{1 + address}")]));
                break;
            case 6 when server.Get("services", "demo", name) is not null:
                server.Delete("services", "demo", name);
                break;
            case 7 when server.Get("endpointslices", "demo", slice) is not null:
                server.Delete("endpointslices", "demo", slice);
                break;
            case 8 when server.Get("services", "demo", name) is not null:
                server.Update("services", "demo", name, Relabel);
                break;
            case 9 when server.Get("endpointslices", "demo", slice) is not null:
                server.Update("endpointslices", "demo", slice, json => json["endpoints"] = new JsonArray());
                break;
        }
    }

    /// <summary>Something that happens to the watches, or to the server.</summary>
    public async Task TroubleAsync(int choice)
    {
        switch (choice % 14)
        {
            case 0:
                server.EndWatches();
                break;
            case 1:
                server.CutWatches();
                break;
            case 2:
                server.ExpireWatches();
                break;
            case 3:
                server.Compact();
                server.CutWatches();
                break;
            case 4:
                server.SendToWatches(null, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"half");
                server.CutWatches();
                break;
            case 5:
                server.SendToWatches("services", "no JSON\n");
                break;
            case 6:
                server.SendBookmarks();
                break;
            case 7:
                server.Inject(Fault.Cut(choice / 14 % 3000));
                server.EndWatches();
                break;
            case 8:
                server.Inject(Fault.Close(choice / 14 % 3000));
                server.ExpireWatches();
                break;
            case 9:
                server.Inject(Fault.Status(s_errors[choice / 14 % s_errors.Length]), times: 2);
                server.EndWatches();
                break;
            case 10:
                server.Inject(Fault.Slow());
                server.ExpireWatches();
                break;
            case 11:
                server.Inject(Fault.Garbage("{\"kind\":\"Surprise\"}\n"));
                server.ExpireWatches();
                break;
            case 12:
                server.WatchList = server.WatchList == WatchListSupport.Enabled ? WatchListSupport.Disabled : WatchListSupport.Enabled;
                server.CutWatches();
                break;
            default:
                await server.RestartAsync();
                break;
        }
    }

    /// <summary>Gives a Service to another proxy, or takes it back: for a watch with a selector it goes and comes.</summary>
    private static void Relabel(JsonObject service)
    {
        JsonObject labels = service["metadata"]!["labels"] as JsonObject ?? [];
        if (!labels.Remove(ProxyNameLabel))
        {
            labels[ProxyNameLabel] = "other";
        }

        service["metadata"]!["labels"] = labels;
    }
}
