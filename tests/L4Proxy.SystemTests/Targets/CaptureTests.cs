using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// Balancing by this proxy, with the traffic brought to it: every client gets at every address what it gets from kube-proxy, but for what
/// <see cref="CaptureDifferencesTests"/> lists.
/// </summary>
public sealed class CaptureTests
{
    public static TheoryData<TrafficMode, ClusterFamilies, string> Captures => new(
        from mode in (TrafficMode[])[TrafficMode.CaptureIptables, TrafficMode.CaptureNftables, TrafficMode.CaptureLocal]
        from run in ((ClusterFamilies, string)[])
        [
            (ClusterFamilies.IPv4, "linux"), (ClusterFamilies.IPv6, "linux"), (ClusterFamilies.Dual, "linux"), (ClusterFamilies.Dual, "portable"),
        ]
        select (mode, run.Item1, run.Item2));

    [Theory, MemberData(nameof(Captures))]
    public async Task Run_OwnCluster_GivesClientsWhatKubeProxyGives(TrafficMode mode, ClusterFamilies families, string engine)
    {
        TargetCluster cluster = TargetCluster.Own(families);
        await using ServedNode node = await ServedNode.CreateAsync(cluster);
        string capture = $"{mode}"["Capture".Length..].ToLowerInvariant();
        await using (L4ProxyProcess program = await node.StartAsync("--mode", "userspace", "--capture", capture, "--engine", engine))
        {
            await TargetTable.CheckAsync(node.Topology, [.. ExpectedTargets.Of(cluster, mode)]);
            Assert.Equal(0, await program.StopAsync());
        }

        // A dead proxy must not swallow traffic: nothing has to be cleaned up.
        await node.CheckCleanAsync();
    }
}
