namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Random changes of Services and their endpoints, for as long as it is told to run.</summary>
/// <param name="cluster">Whose objects it changes.</param>
/// <param name="random">Its choices.</param>
internal sealed class Churn(ClusterFixture cluster, Random random)
{
    private const int Services = 12;

    /// <summary>Changes made so far.</summary>
    public int Changes { get; private set; }

    public async Task RunAsync(TimeSpan pause, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Change();
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Names of the Services that exist now and their endpoints, as a fresh list would tell them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> Truth()
    {
        var slices = cluster.Api.GetAll("endpointslices").ToDictionary(
            s => (string)s["metadata"]!["labels"]!["kubernetes.io/service-name"]!,
            s => (IReadOnlyCollection<string>)[.. s["endpoints"]!.AsArray().Select(e => (string)e!["addresses"]![0]!)],
            StringComparer.Ordinal);
        return cluster.Api.GetAll("services").Select(s => (string)s["metadata"]!["name"]!).ToDictionary(
            name => $"shop/{name}:http", name => slices.GetValueOrDefault(name) ?? [], StringComparer.Ordinal);
    }

    private void Change()
    {
        string name = $"churn-{random.Next(Services)}";
        switch (random.Next(6))
        {
            case 0 when Exists("services", name):
                cluster.Api.Delete("services", ClusterObjects.Namespace, name);
                break;
            case 1 when Exists("endpointslices", $"{name}-1"):
                cluster.Api.Delete("endpointslices", ClusterObjects.Namespace, $"{name}-1");
                break;
            case 2:
                cluster.Api.Apply(ClusterObjects.Service(name, 80 + random.Next(3)));
                break;
            default:
                int first = random.Next(cluster.Backends.Addresses.Count);
                int last = random.Next(first, cluster.Backends.Addresses.Count + 1);
                cluster.Lead(name, Enumerable.Range(first, last - first));
                break;
        }

        Changes++;
    }

    private bool Exists(string resource, string name) => cluster.Api.Get(resource, ClusterObjects.Namespace, name) is not null;
}
