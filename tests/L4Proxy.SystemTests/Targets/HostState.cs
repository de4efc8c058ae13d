using System.Text.RegularExpressions;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// Rules, sets, addresses and routes of a host, as its tools print them. Left out are comments, which have the time, counters of packets,
/// and tables of iptables-legacy without a rule: the kernel has no way of removing one once it was used.
/// </summary>
internal static partial class HostState
{
    private const string Script = """
        for command in iptables-save ip6tables-save 'nft list ruleset' 'ipset list' 'ip address' 'ip -4 route show table all' 'ip -6 route show table all' 'ip -4 rule' 'ip -6 rule'
        do echo "== $command"; $command || exit 1; done
        if [ -e /proc/net/ip_vs ]; then ipvsadm -Sn; fi
        for command in iptables-legacy-save ip6tables-legacy-save; do echo "== $command"; $command | sed 's/^/legacy /'; done
        """;

    public static async Task<string> ReadAsync(NetworkNamespace space) => Reduce(await space.RunAsync("sh", "-c", Script));

    /// <summary>Of the network namespace of this process.</summary>
    public static async Task<string> ReadAsync() => Reduce(await ChildProcess.RunAsync("sh", "-c", Script));

    private static string Reduce(string text)
    {
        text = Comment().Replace(text, "");
        text = Counters().Replace(text, "");
        return EmptyLegacyTable().Replace(text, "");
    }

    [GeneratedRegex("^(legacy )?#.*\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Comment();

    [GeneratedRegex(@" \[\d+:\d+\]| counter packets \d+ bytes \d+| tentative")]
    private static partial Regex Counters();

    [GeneratedRegex(@"^legacy \*.*\n(legacy :[A-Z]+ ACCEPT\n)+legacy COMMIT\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex EmptyLegacyTable();
}
