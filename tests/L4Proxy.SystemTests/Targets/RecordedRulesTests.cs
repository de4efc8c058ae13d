using System.Net;
using System.Text.RegularExpressions;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// What is expected, and the network it is tried in, against a real kube-proxy: its recorded rules, loaded here, give clients what they gave them
/// there, and that is what is expected of our own.
/// </summary>
public sealed partial class RecordedRulesTests
{
    [Theory]
    [InlineData("iptables", TrafficMode.Iptables)]
    [InlineData("nftables", TrafficMode.Nftables)]
    public void Expectations_OfTheRecordedCluster_AreWhatKubeProxysClientsGot(string recording, TrafficMode mode)
    {
        Requires.Recordings(TargetCluster.HasRecordings, "a real kube-proxy");
        Dictionary<object, Target> expected = ExpectedTargets.Of(TargetCluster.Recorded(), mode).DistinctBy(t => t.Key).ToDictionary(t => (object)t.Key);
        IReadOnlyList<Target> observed = RecordedBehaviour.Read(recording);
        Assert.Equal(175, observed.Count);

        string[] differences =
        [
            .. from target in observed
               // A loopback address that is not the node's is nobody's but the client's.
               where !IPAddress.IsLoopback(target.Address.Address) || target.Client == ClientKind.Node
               let own = expected.GetValueOrDefault(target.Key)
               where own is null || own.Fate != target.Fate
                   || (own.IsSticky ? !target.Answers.IsSubsetOf(own.Answers) || target.Answers.Count > 1 : !target.Answers.SetEquals(own.Answers))
               select $"{target}: {target.Expectation}; expected {own?.Expectation ?? "nothing"}",
        ];

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("iptables", TrafficMode.Iptables, "iptables-restore", "iptables-save.txt")]
    [InlineData("iptables", TrafficMode.Iptables, "iptables-legacy-restore", "iptables-save.txt")]
    [InlineData("nftables", TrafficMode.Nftables, "nft", "nft-list-ruleset.txt")]
    public async Task Rules_OfKubeProxy_GiveClientsWhatIsExpected(string recording, TrafficMode mode, string tool, string file)
    {
        Requires.Recordings(TargetCluster.HasRecordings, "a real kube-proxy");
        TargetCluster cluster = TargetCluster.Recorded();
        await using NodeTopology topology = await NodeTopology.CreateAsync(cluster.Plan, cluster.Endpoints);
        await topology.Node.RunWithInputAsync(Rules(recording, file), tool == "nft" ? ["nft", "-f", "-"] : [tool, "-w", "60"]);
        topology.Node.SetSysctl("net/ipv4/conf/all/route_localnet", mode == TrafficMode.Iptables ? "1" : "0");

        await TargetTable.CheckAsync(topology, [.. ExpectedTargets.Of(cluster, mode)]);
    }

    /// <summary>Without the match that counts packets by name, whose counters would have to be made by a tool that is not needed otherwise.</summary>
    private static string Rules(string recording, string file) => Accounting().Replace(File.ReadAllText(TargetCluster.Recording(recording, file)), "");

    [GeneratedRegex(@" -m nfacct --nfacct-name +\S+")]
    private static partial Regex Accounting();
}
