using System.Diagnostics;
using System.Globalization;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// The API server goes and comes back again and again, in all the ways that servers go, while objects change. At the end the
/// program serves what the server has, and no client has noticed. <c>L4PROXY_RESTARTS</c> says how often;
/// <c>L4PROXY_RESTART_SEED</c> repeats a run's choices.
/// </summary>
[Collection(typeof(AloneCollection))]
public sealed class ApiServerRestartTests(ITestOutputHelper output)
{
    private const int SteadyServices = 3;
    private const int ClientsOfEach = 4;

    /// <summary>What restarts may leave behind: connection pools and buffers that have grown.</summary>
    private const long KeptMemory = 80L << 20;

    /// <summary>Connections to the server that are just ending.</summary>
    private const int KeptDescriptors = 3;

    /// <summary>The engines have no part in it but the connections: the second one is asked a shorter time.</summary>
    [Theory]
    [InlineData("linux", 100)]
    [InlineData("portable", 30)]
    public async Task ApiServer_RestartedUnderChurn_TableConvergesAndNoConnectionBreaks(string engine, int defaultRestarts)
    {
        int restarts = Setting("L4PROXY_RESTARTS", defaultRestarts);
        int seed = Setting("L4PROXY_RESTART_SEED", Environment.TickCount & 0xFFFF);
        output.WriteLine($"seed {seed}, {restarts} restarts");
        Random random = new(seed);
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync(options: new() { BookmarkInterval = TimeSpan.FromMilliseconds(100) });
        for (int i = 0; i < SteadyServices; i++)
        {
            cluster.Apply($"steady-{i}", i, i + 1);
        }

        L4ProxyProcess proxy = await cluster.StartAsync("--node-name", "worker-1", "--engine", engine);
        int descriptors = Measure(proxy).Descriptors;
        using SteadyClients clients = new();
        for (int i = 0; i < SteadyServices; i++)
        {
            await clients.ConnectAsync(proxy.EndPointOf($"shop/steady-{i}:http"), ClientsOfEach);
        }

        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource stop = new();
        Churn churn = new(cluster, new Random(seed + 1));
        Task churning = churn.RunAsync(TimeSpan.FromMilliseconds(3), stop.Token);
        await RestartAsync(cluster.Api, random, restarts / 10);
        long memory = Measure(proxy).Memory;
        await RestartAsync(cluster.Api, random, restarts - (restarts / 10));
        await stop.CancelAsync();
        await churning;
        output.WriteLine(
            $"{churn.Changes} changes and {clients.Count} exchanges in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s; {Lists(cluster.Api)} lists");

        await CheckTableAsync(proxy, churn);
        await clients.StopAsync();
        output.WriteLine($"converged {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s after the first");
        await RemoveChurnedAsync(proxy, cluster.Api);
        output.WriteLine($"descriptors {descriptors} -> {Measure(proxy).Descriptors}, resident {memory >> 20} -> {Measure(proxy).Memory >> 20} MiB");
        await Eventually.True(() => Measure(proxy).Descriptors <= descriptors + KeptDescriptors);
        Assert.InRange(Measure(proxy).Memory, 0, memory + KeptMemory);
        Assert.DoesNotContain("defect", proxy.Process.Log, StringComparison.Ordinal);
        await cluster.EndAsync();
    }

    private static async Task RestartAsync(FakeApiServer api, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            // Half of the time at a moment when everything works, else in the middle of coming back.
            if (random.Next(2) == 0)
            {
                await api.WaitForWatchesAsync("services");
                await api.WaitForWatchesAsync("endpointslices");
            }

            await Task.Delay(random.Next(60));
            await (random.Next(3) == 0 ? api.StopAsync() : api.KillAsync());
            await Task.Delay(random.Next(30));
            // Where the server does not remember them, who asks for the changes since then is told 410.
            await api.ListenAsync(remembersChanges: random.Next(3) != 0);
        }
    }

    /// <summary>All Services that exist are served by their endpoints, and no others.</summary>
    private static async Task CheckTableAsync(L4ProxyProcess proxy, Churn churn)
    {
        IReadOnlyDictionary<string, IReadOnlyCollection<string>> truth = churn.Truth();
        string[] names = [.. truth.Keys.Append("metrics").Order(StringComparer.Ordinal)];
        await Eventually.True(
            () => proxy.ReadListeners().Select(l => l.Name).Order(StringComparer.Ordinal).SequenceEqual(names), what: string.Join(' ', names));
        foreach (ProxyListener listener in proxy.ReadListeners().Where(l => l.Name != "metrics"))
        {
            await NamedBackends.WaitForAsync(listener.EndPoint, truth[listener.Name]);
        }
    }

    /// <summary>Their number is random; without them everything is as it was at the start.</summary>
    private static async Task RemoveChurnedAsync(L4ProxyProcess proxy, FakeApiServer api)
    {
        foreach (string name in api.GetAll("services").Select(s => (string)s["metadata"]!["name"]!).Where(n => n.StartsWith("churn", StringComparison.Ordinal)))
        {
            api.Delete("services", ClusterObjects.Namespace, name);
        }

        await Eventually.Equal(SteadyServices + 1, () => proxy.ReadListeners().Count);
    }

    private static (int Descriptors, long Memory) Measure(L4ProxyProcess proxy) =>
        (ProcessResources.SocketsAndPipes(proxy.Process.Id), ProcessResources.ResidentBytes(proxy.Process.Id));

    private static int Lists(FakeApiServer api) => api.Requests.Count(r => r.Query.ContainsKey("sendInitialEvents"));

    private static int Setting(string name, int value) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int set) ? set : value;
}
