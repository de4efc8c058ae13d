using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
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
        (string json, string error) = await ClusterProgram.ShowTableAsync(ReferenceCluster.Load, node, ReferenceCluster.PodNetwork);
        Assert.Equal(ReferenceCluster.Listing(node), TableListing.Of(json));
        Assert.Equal(3, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>The same of a real cluster, as far as its recordings lie beside the repository.</summary>
    [Theory]
    [InlineData("iptables", "all")]
    [InlineData("nftables", "primary")]
    public async Task Table_RecordedCluster_HasTheEndpointsThatKubeProxyUsed(string mode, string nodePortAddresses)
    {
        Requires.Recordings(RecordedCluster.IsPresent, "a real cluster in ../shared/kube-reference");
        (string json, _) = await ClusterProgram.ShowTableAsync(
            RecordedCluster.Load, "node-a", RecordedCluster.PodNetwork, "--nodeport-addresses", nodePortAddresses);
        RecordedCluster.Observation[] observations = [.. RecordedCluster.Observations(mode)];
        Assert.InRange(observations.Length, 150, 250);
        string[] differences = [.. observations.Select(o => o.DifferenceFrom(json)).OfType<string>()];
        Assert.True(differences.Length == 0, string.Join('\n', differences));
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
