using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Finds out what a host lacks: nft hands a table with everything in it to the kernel, which checks it and forgets it again; when that
/// fails, the expressions are tried one by one, so that the missing one has a name.
/// </summary>
/// <param name="nft">nft.</param>
/// <param name="planner">What the table holds; of a name that nobody uses.</param>
/// <param name="hasIPv6">Whether the host's kernel has IPv6.</param>
internal sealed class NftProbe(NftTool nft, INftPlanner planner, bool hasIPv6)
{
    /// <summary>The oldest that kube-proxy works with; what is older lists maps with concatenated values wrongly.</summary>
    private static readonly Version s_oldest = new(1, 0, 1);

    /// <summary>What a plan is made of, each with the kernel module that has it.</summary>
    private static readonly (string Name, string Rule)[] s_expressions =
    [
        ("NAT (module nft_chain_nat)", ""),
        ("masquerade (module nft_masq)", "add rule FAMILY TABLE postrouting masquerade fully-random"),
        ("redirect (module nft_redir)", "add rule FAMILY TABLE prerouting meta l4proto tcp redirect to :1"),
        ("fib (module nft_fib_FAMILY)", "add rule FAMILY TABLE prerouting fib daddr type local accept"),
        ("connection tracking (module nft_ct)", "add rule FAMILY TABLE prerouting ct state new accept"),
        ("numgen (module nft_numgen)", "add rule FAMILY TABLE prerouting numgen random mod 2 vmap { 0 : accept, 1 : accept }"),
        ("reject (module nft_reject_FAMILY)", "add rule FAMILY TABLE input meta l4proto tcp reject with tcp reset"),
        ("socket (module nft_socket)", "add rule FAMILY TABLE mangle socket transparent 1 accept"),
    ];

    private static readonly string[] s_chains =
    [
        "add table FAMILY TABLE",
        "add chain FAMILY TABLE prerouting { type nat hook prerouting priority dstnat; }",
        "add chain FAMILY TABLE postrouting { type nat hook postrouting priority srcnat; }",
        "add chain FAMILY TABLE input { type filter hook input priority filter; }",
        "add chain FAMILY TABLE mangle { type filter hook prerouting priority mangle; }",
    ];

    /// <summary>What is lacking, a line for each.</summary>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellation)
    {
        if (!nft.Exists)
        {
            return ["nft: not found in PATH, /usr/sbin and /sbin (package nftables)"];
        }

        string version = (await nft.ReadAsync(["--version"], cancellation)).Trim();
        if (!IsEnough(version))
        {
            return [$"nft: '{version}' is older than v{s_oldest}"];
        }

        ToolResult chains = await nft.RunAsync(["-j", "list", "chains"], null, cancellation);
        if (!chains.Succeeded)
        {
            string cause = NftTool.Cause(chains.Error);
            return
            [
                cause.Contains("not permitted", StringComparison.Ordinal)
                    ? "CAP_NET_ADMIN: nft may not read the rules of this network namespace"
                    : $"nft: {cause} (module nf_tables)",
            ];
        }

        List<string> lacking = await LackingAsync(isIPv6: false, cancellation);
        return hasIPv6 ? [.. lacking, .. await LackingAsync(isIPv6: true, cancellation)] : [.. lacking];
    }

    private static bool IsEnough(string version)
    {
        string? number = version.Split(' ').FirstOrDefault(w => w.StartsWith('v'));
        return Version.TryParse(number?[1..], out Version? parsed) && parsed >= s_oldest;
    }

    private async Task<List<string>> LackingAsync(bool isIPv6, CancellationToken cancellation)
    {
        var script = new NftScript();
        new FamilyTable(planner, isIPv6).Write(Sample(isIPv6), existing: null, script);
        ToolResult whole = await nft.CheckAsync(script.ToString(), cancellation);
        if (whole.Succeeded)
        {
            return [];
        }

        string family = isIPv6 ? "ip6" : "ip";
        List<string> lacking = [];
        foreach ((string name, string rule) in s_expressions)
        {
            string text = $"{string.Join('\n', s_chains)}\n{rule}\n"
                .Replace("FAMILY", family, StringComparison.Ordinal)
                .Replace("TABLE", planner.Table, StringComparison.Ordinal);
            ToolResult one = await nft.CheckAsync(text, cancellation);
            if (!one.Succeeded)
            {
                lacking.Add($"{name.Replace("FAMILY", isIPv6 ? "ipv6" : "ipv4", StringComparison.Ordinal)}: {NftTool.Cause(one.Error)}");
            }
        }

        return lacking.Count > 0 ? lacking : [$"nft, family {family}: {NftTool.Cause(whole.Error)}"];
    }

    /// <summary>Rules that use all that a plan can be made of; addresses are those for documentation (RFC 5737, RFC 3849).</summary>
    private static FamilyRules Sample(bool isIPv6)
    {
        string prefix = isIPv6 ? "2001:db8::" : "192.0.2.";
        var network = new IPNetwork(IPAddress.Parse(isIPv6 ? "2001:db8::" : "192.0.2.0"), isIPv6 ? 64 : 24);
        IPEndPoint[] endpoints = [new(IPAddress.Parse($"{prefix}11"), 8080), new(IPAddress.Parse($"{prefix}12"), 8080)];
        ServiceRules plain = new()
        {
            Key = new("probe", "plain", "", ServiceProtocol.Tcp),
            Port = 80,
            ClusterIPs = [IPAddress.Parse($"{prefix}1")],
            ExternalAddresses = [new(IPAddress.Parse($"{prefix}2"), FrontendKind.LoadBalancer, NetworkSet.Of([network]))],
            NodePort = 30080,
            ClusterEndpoints = [.. endpoints],
            LocalEndpoints = [endpoints[0]],
            EndpointsOnThisNode = [endpoints[0]],
            ExternalScope = EndpointScope.Local,
            HasAnyEndpoint = true,
        };
        ServiceRules sticky = plain with
        {
            Key = new("probe", "sticky", "", ServiceProtocol.Udp),
            NodePort = 30081,
            AffinitySeconds = 10,
            ExternalScope = EndpointScope.Cluster,
        };
        return new FamilyRules
        {
            Family = isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork,
            Services = [plain, sticky],
            PodNetworks = [network],
            ServiceNetworks = [network],
            NodePortsOnAllAddresses = true,
        };
    }
}
