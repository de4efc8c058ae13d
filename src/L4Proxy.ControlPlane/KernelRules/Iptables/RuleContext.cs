using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>What the chains of every Service depend on. Compared by value: while it is equal, a Service that is the same has the same chains.</summary>
/// <param name="IsIPv6">Address family.</param>
/// <param name="PodNetworks">Networks of Pods, separated by commas.</param>
/// <param name="HasComments">Whether rules say what they are for.</param>
/// <param name="ServesLocalhost">Whether node ports are served on 127.0.0.1.</param>
internal sealed record RuleContext(bool IsIPv6, string PodNetworks, bool HasComments, bool ServesLocalhost)
{
    /// <summary>kube-proxy's largeClusterEndpointsThreshold: with more of them comments cost more than they help.</summary>
    public const int CommentedEndpoints = 1000;

    public IEnumerable<IPNetwork> Pods => PodNetworks.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse);

    public string AllOnesMask => IsIPv6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255";

    public string Loopback => IsIPv6 ? "::1/128" : "127.0.0.0/8";

    public string RejectWith => IsIPv6 ? "icmp6-port-unreachable" : "icmp-port-unreachable";

    public static RuleContext Of(FamilyRules rules, RulesOptions options) => new(
        rules.IsIPv6,
        string.Join(',', rules.PodNetworks),
        rules.Services.Sum(s => s.ClusterEndpoints.Length) <= CommentedEndpoints,
        options.LocalhostNodePorts && !rules.IsIPv6
            && (rules.NodePortsOnAllAddresses || rules.NodePortAddresses.Any(IPAddress.IsLoopback)));

    public string Comment(string text) => HasComments ? RuleText.Comment(text) : "";
}
