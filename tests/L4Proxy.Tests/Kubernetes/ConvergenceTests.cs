using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>Whatever happens to the watches on the way, the table ends up as a fresh list gives it.</summary>
public sealed class ConvergenceTests
{
    private static readonly Arbitrary<(WatchListSupport Support, int[] Steps)> s_histories = (
        from support in Gen.Elements(WatchListSupport.Enabled, WatchListSupport.Disabled, WatchListSupport.Unknown)
        from steps in Gen.ListOf(Gen.Choose(0, int.MaxValue - 1), 40)
        select (support, steps.ToArray())).ToArbitrary();

    [Fact]
    public async Task Follow_NoRightOnTheAssumedNode_ServesAsWithoutOne()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(SampleCluster.Objects(2, 1));
        server.Apply("""{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a"}}""");
        server.Deny("list", "nodes");
        server.Deny("watch", "nodes");
        TranslationOptions translation = new() { Listen = ListenMode.ProxyPorts, NodeName = "node-a", IsNodeNameAssumed = true };
        KubernetesSourceOptions options = new(translation) { NodeName = "node-a" };
        await using FollowedCluster followed = new(server, options);
        await Eventually.True(() => followed.Last is not null);
        Assert.Equal(2, followed.Last!.Table.Services.Length);
        await followed.ConvergedAsync();

        server.ClearAuthorization();
        await Eventually.True(() => !followed.Last!.Problems.Any(p => p.Object == "Node node-a"));
        await followed.ConvergedAsync();
    }

    [Fact]
    public void Follow_AnyHistoryOfChangesAndTroubles_EndsAsAFreshList() => Prop.ForAll(
        s_histories,
        history => FollowAsync(history.Support, history.Steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Theory]
    [InlineData(WatchListSupport.Enabled)]
    [InlineData(WatchListSupport.Disabled)]
    public async Task Follow_ManyObjects_AreAllThereAndKeepUpWithAStorm(WatchListSupport support)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { WatchList = support });
        for (int i = 0; i < 1200; i++)
        {
            server.Apply(ApiObjects.Service("demo", $"s{i}", $"10.96.{i / 250}.{1 + (i % 250)}"));
        }

        await using FollowedCluster cluster = new(server);
        await cluster.ConvergedAsync();
        Assert.Equal(1200, cluster.Last!.Table.Services.Length);
        for (int i = 0; i < 2000; i++)
        {
            server.Apply(ApiObjects.Slice("demo", $"s{i % 50}-x", $"s{i % 50}", $"10.244.{i / 250}.{1 + (i % 250)}"));
        }

        await cluster.ConvergedAsync();
    }

    [Fact]
    public async Task Follow_ServerRestoredFromABackup_EndsAsAFreshList()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "web", "10.96.0.1"));
        StoreBackup backup = server.Backup();
        ManualTimeProvider time = new();
        await using FollowedCluster cluster = new(server, time: time);
        await PumpAsync(time, () => cluster.Last?.Table.Services.Length == 1);
        server.Apply(ApiObjects.Service("demo", "late", "10.96.0.2"));
        await PumpAsync(time, () => cluster.Last?.Table.Services.Length == 2);

        await server.KillAsync();
        server.Restore(backup);
        await server.ListenAsync();
        await PumpAsync(time, () => server.CountWatches() == 2);
        time.Advance(TimeSpan.FromMinutes(11));
        await PumpAsync(time, () => cluster.Last?.Table.Services.Length == 1);
        Assert.Equal("web", cluster.Last!.Table.Services[0].Key.Name);
    }

    [Fact]
    public async Task Follow_ServerAwayAtTheStartAndLater_GoesOnWhenItIsBack()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "web", "10.96.0.1"));
        await server.KillAsync();
        await using FollowedCluster cluster = new(server);
        string refused = $"API server {server.Url.GetLeftPart(UriPartial.Authority)}: connection refused; trying on, what is known stays in force";
        await Eventually.Equal(1, () => cluster.Logger.Messages.Count(m => m == refused));
        await server.ListenAsync();
        await cluster.ConvergedAsync();

        await server.KillAsync();
        await Eventually.Equal(2, () => cluster.Logger.Messages.Count(m => m == refused));
        Assert.Single(cluster.Last!.Table.Services);
        server.Apply(ApiObjects.Service("demo", "late", "10.96.0.2"));
        await server.ListenAsync();
        await cluster.ConvergedAsync();
    }

    /// <summary>Time goes by a little at a time until something holds.</summary>
    private static Task PumpAsync(ManualTimeProvider time, Func<bool> condition) => Eventually.True(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(2));
        return condition();
    });

    private static async Task FollowAsync(WatchListSupport support, int[] steps)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { WatchList = support });
        ClusterHistory history = new(server);
        foreach (int step in steps.Take(5))
        {
            history.Change(step);
        }

        await using FollowedCluster cluster = new(server);
        foreach (int step in steps.Skip(5))
        {
            if (step % 3 == 0)
            {
                await history.TroubleAsync(step / 3);
            }
            else
            {
                history.Change(step / 3);
            }
        }

        server.ClearFaults();
        await cluster.ConvergedAsync();
    }
}
