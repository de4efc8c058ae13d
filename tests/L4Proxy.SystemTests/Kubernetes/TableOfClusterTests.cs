using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary><c>l4proxy table</c> and <c>check</c> over a cluster.</summary>
public sealed class TableOfClusterTests
{
    [Theory]
    [InlineData("worker-1")]
    [InlineData("worker-2")]
    public async Task Table_ReferenceCluster_HasTheEndpointsOfEachKindOfClient(string node)
    {
        // The host's own addresses count as the node's: in a network of its own it has none that could be in a source range.
        await using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true, Inside = space });
        ReferenceCluster.Load(api);
        using TemporaryFolder folder = new();
        string kubeconfig = KubeconfigFile.For(api).WriteTo(folder.PathOf("config"));

        await using ChildProcess run = ChildProcess.Start(
        [
            .. space.Prefix, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"),
            "table", "--kubeconfig", kubeconfig, "--node-name", node, "--cluster-cidr", ReferenceCluster.PodNetwork, "--output", "json",
        ]);

        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal(ReferenceCluster.Listing(node), TableListing.Of(run.Output));
        Assert.Equal(3, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain(api.Requests, r => r.IsWatch);
    }

    [Fact]
    public async Task Check_ReferenceCluster_HasNotesOnly()
    {
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        ReferenceCluster.Load(api);
        using TemporaryFolder folder = new();
        string kubeconfig = KubeconfigFile.For(api).WriteTo(folder.PathOf("config"));

        ProgramRun run = await ProgramRun.ToEndAsync("check", "--kubeconfig", kubeconfig, "--node-name", "worker-1");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(3, run.Output.Split('\n').Count(l => l.StartsWith("note: ", StringComparison.Ordinal)));
    }
}
