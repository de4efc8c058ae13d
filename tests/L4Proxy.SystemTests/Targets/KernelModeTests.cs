using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>Balancing in the kernel: every client gets at every address what it gets from kube-proxy in the same mode.</summary>
public sealed class KernelModeTests
{
    public static TheoryData<TrafficMode, ClusterFamilies, bool> Modes => new(
        from mode in (TrafficMode[])[TrafficMode.Nftables, TrafficMode.Iptables]
        from families in Enum.GetValues<ClusterFamilies>()
        from useLegacy in mode == TrafficMode.Iptables ? (bool[])[false, true] : [false]
        select (mode, families, useLegacy));

    [Theory, MemberData(nameof(Modes))]
    public Task Run_OwnCluster_GivesClientsWhatKubeProxyGives(TrafficMode mode, ClusterFamilies families, bool useLegacy) =>
        CheckAsync(TargetCluster.Own(families), mode, useLegacy);

    [Theory]
    [InlineData(TrafficMode.Nftables, "nftables")]
    [InlineData(TrafficMode.Iptables, "iptables")]
    public async Task Run_RecordedCluster_GivesClientsWhatTheyGotThere(TrafficMode mode, string recording)
    {
        Requires.Recordings(TargetCluster.HasRecordings, "a real kube-proxy");
        Assert.NotEmpty(RecordedBehaviour.Read(recording));

        await CheckAsync(TargetCluster.Recorded(), mode, useLegacy: false);
    }

    /// <summary>Serves, tries all targets, stops, and finds the rules still there; takes them away, and finds all as it was.</summary>
    internal static async Task CheckAsync(TargetCluster cluster, TrafficMode mode, bool useLegacy, params IReadOnlyList<string> options)
    {
        await using ServedNode node = await ServedNode.CreateAsync(cluster, useLegacy);
        Target[] targets = [.. ExpectedTargets.Of(cluster, mode)];
        await using (L4ProxyProcess program = await node.StartAsync(["--mode", $"{mode}".ToLowerInvariant(), .. options]))
        {
            await TargetTable.CheckAsync(node.Topology, targets);
            Assert.Equal(0, await program.StopAsync());
        }

        await TargetTable.CheckAsync(node.Topology, [.. targets.Where(t => t.Client == ClientKind.Pod && t.Fate == TargetFate.Served)]);
        await node.CleanUpAsync();
    }
}
