using System.Net;
using System.Net.Sockets;
using System.Text;

namespace L4Proxy.SystemTests.Targets;

/// <summary>In what clients of this proxy meet anything else than those of kube-proxy, Service by Service.</summary>
internal static class CaptureDifferences
{
    /// <summary>What each way of capturing is compared with: the mode of kube-proxy that has the same kind of rules, or else the older one.</summary>
    private static readonly (TrafficMode Ours, TrafficMode KubeProxys)[] s_comparisons =
    [
        (TrafficMode.CaptureIptables, TrafficMode.Iptables),
        (TrafficMode.CaptureNftables, TrafficMode.Nftables),
        (TrafficMode.CaptureLocal, TrafficMode.Iptables),
    ];

    /// <summary>A table of Markdown.</summary>
    public static string Table()
    {
        TargetCluster cluster = TargetCluster.Own(ClusterFamilies.IPv4);
        Dictionary<(ClientKind, ProtocolType, IPEndPoint), string>[] columns = [.. s_comparisons.Select(c => Column(cluster, c.Ours, c.KubeProxys))];
        var rows = from target in ExpectedTargets.Of(cluster, TrafficMode.Iptables)
                   let cells = string.Join(" | ", columns.Select(c => c[target.Key]))
                   where columns.Any(c => c[target.Key].Length > 0)
                   group target.Client by (target.Service, Address: $"{target.Name}{(target.Protocol == ProtocolType.Udp ? ", UDP" : "")}", Cells: cells) into row
                   orderby row.Key.Service, row.Key.Address, row.Key.Cells
                   select row;
        StringBuilder table = new("| Service | Address | Clients | iptables | nftables | local |\n|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            table.Append($"| {row.Key.Service} | {row.Key.Address} | {Names([.. row])} | {row.Key.Cells} |\n");
        }

        return table.ToString();
    }

    private static Dictionary<(ClientKind, ProtocolType, IPEndPoint), string> Column(TargetCluster cluster, TrafficMode ours, TrafficMode kubeProxys)
    {
        Dictionary<(ClientKind, ProtocolType, IPEndPoint), Target> others = ExpectedTargets.Of(cluster, kubeProxys).ToDictionary(t => t.Key);
        return ExpectedTargets.Of(cluster, ours).ToDictionary(
            target => target.Key,
            target => (Says(others[target.Key]), Says(target)) is var (other, own) && other != own ? $"{other} → {own}" : "");
    }

    private static string Says(Target target) => target.Fate switch
    {
        TargetFate.Served => target.Answers.Any(a => IsOwn(target.Client, a)) ? "served, own address" : "served",
        TargetFate.Refused => "refused",
        _ => "dropped",
    };

    private static bool IsOwn(ClientKind client, TargetAnswer answer) => client switch
    {
        ClientKind.Pod => answer.Client.Equals(AddressPlan.Own.PodClient),
        ClientKind.EndpointPod => answer.Client.Equals(AddressPlan.Own.EndpointClient),
        ClientKind.Allowed => answer.Client.Equals(AddressPlan.Own.AllowedClient),
        ClientKind.Strange => answer.Client.Equals(AddressPlan.Own.StrangeClient),
        _ => false,
    };

    private static string Names(HashSet<ClientKind> clients)
    {
        List<string> names = [];
        Take([ClientKind.Pod, ClientKind.EndpointPod, ClientKind.Node, ClientKind.Allowed, ClientKind.Strange], "all");
        Take([ClientKind.Pod, ClientKind.EndpointPod], "Pods");
        Take([ClientKind.Node], "the node");
        Take([ClientKind.Allowed, ClientKind.Strange], "outside");
        Take([ClientKind.Allowed], "outside, in the source ranges");
        Take([ClientKind.Strange], "outside, in no source range");
        return clients.Count == 0 ? string.Join(", ", names) : throw new InvalidOperationException($"no name for {string.Join(' ', clients)}");

        void Take(ClientKind[] kinds, string name)
        {
            if (clients.IsSupersetOf(kinds))
            {
                names.Add(name);
                clients.ExceptWith(kinds);
            }
        }
    }
}
