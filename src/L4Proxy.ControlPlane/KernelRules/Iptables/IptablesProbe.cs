using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Life;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Finds out what a host lacks, by inputs that iptables-restore only tests.</summary>
internal static class IptablesProbe
{
    /// <summary>What balancing needs, feature by feature, with a rule of a chain that is not made.</summary>
    public static readonly ImmutableArray<(string Feature, IptablesTable Table, string Rule)> Balancing =
    [
        ("the table filter with conntrack", IptablesTable.Filter, "-m conntrack --ctstate INVALID -j DROP"),
        ("the target REJECT", IptablesTable.Filter, "-p tcp -m tcp --dport 1 -j REJECT"),
        ("the table nat with DNAT", IptablesTable.Nat, "-p tcp -m tcp -j DNAT --to-destination {0}"),
        ("the target MASQUERADE with --random-fully", IptablesTable.Nat, "-j MASQUERADE --random-fully"),
        ("the target MARK", IptablesTable.Nat, "-j MARK --set-xmark 0x1/0x1"),
        ("the match mark", IptablesTable.Nat, "-m mark --mark 0x1/0x1 -j RETURN"),
        ("the match comment", IptablesTable.Nat, "-m comment --comment probe -j RETURN"),
        ("the match addrtype", IptablesTable.Nat, "-m addrtype --dst-type LOCAL -j RETURN"),
        ("the match statistic", IptablesTable.Nat, "-m statistic --mode random --probability 0.50000000000 -j RETURN"),
        ("the match recent", IptablesTable.Nat, "-m recent --rcheck --seconds 1 --reap --name L4P-PROBE --rsource -j RETURN"),
    ];

    /// <summary>What capturing needs besides sets.</summary>
    public static readonly ImmutableArray<(string Feature, IptablesTable Table, string Rule)> Capture =
    [
        ("the target REJECT with a reset", IptablesTable.Filter, "-p tcp -j REJECT --reject-with tcp-reset"),
        ("the table nat with DNAT", IptablesTable.Nat, "-p tcp -m tcp -j DNAT --to-destination {0}"),
        ("the target REDIRECT", IptablesTable.Nat, "-p tcp -j REDIRECT --to-ports 1"),
        ("the match addrtype", IptablesTable.Nat, "-m addrtype --dst-type LOCAL -j RETURN"),
    ];

    /// <summary>What capturing needs besides when endpoints see the client's address.</summary>
    public static readonly ImmutableArray<(string Feature, IptablesTable Table, string Rule)> TransparentSource =
    [
        ("the match socket", IptablesTable.Mangle, "-p tcp -m socket --transparent -j RETURN"),
        ("the table mangle with MARK", IptablesTable.Mangle, "-j MARK --set-xmark 0x1/0x1"),
    ];

    public static async Task<ImmutableArray<string>> RunAsync(
        IptablesTool tool, ImmutableArray<(string Feature, IptablesTable Table, string Rule)> features, CancellationToken cancellation)
    {
        if (!tool.Exists)
        {
            return [$"{tool.RestoreName} and {tool.SaveName}: not found in PATH, /usr/sbin and /sbin"];
        }

        if (!Capabilities.MayAdministerNetwork())
        {
            return [$"CAP_NET_ADMIN: {tool.RestoreName} may not write rules of this network namespace"];
        }

        string destination = tool.IsIPv6 ? "[::1]:1" : "127.0.0.1:1";
        if (await tool.TestAsync(InputOf(features, destination), cancellation) is not { } whole)
        {
            return [];
        }

        List<string> missing = [];
        foreach ((string Feature, IptablesTable Table, string Rule) feature in features)
        {
            if (await tool.TestAsync(InputOf([feature], destination), cancellation) is { } message)
            {
                missing.Add($"{feature.Feature}: {message}");
            }
        }

        // All of them fail for want of rights or of the kernel's half, and one line says it.
        return missing.Count == features.Length || missing.Count == 0 ? [whole] : [.. missing];
    }

    /// <summary>Whether rules can look into sets.</summary>
    public static async Task<ImmutableArray<string>> SetsAsync(IptablesTool tool, CancellationToken cancellation)
    {
        IpsetTool ipset = new(tool.Tools);
        if (!ipset.Exists)
        {
            return ["ipset: not found in PATH, /usr/sbin and /sbin"];
        }

        if (await ipset.ProbeAsync(cancellation) is { } problem)
        {
            return [$"ipset: {problem}"];
        }

        // That there is no such set is what a match that works says.
        string? message = await tool.TestAsync(
            InputOf([("", IptablesTable.Nat, "-p tcp -m set --match-set l4p-probe dst,dst -j RETURN")], ""), cancellation);
        if (message?.Contains("l4p-probe doesn't exist", StringComparison.Ordinal) != false)
        {
            return [];
        }

        // It asks for the set by a raw socket of its own, with either variant, and CAP_NET_ADMIN is not enough for that.
        bool isPrivilege = message.Contains("Can't open socket to ipset", StringComparison.Ordinal);
        return [isPrivilege ? $"the match set needs CAP_NET_RAW: {message}" : $"the match set: {message}"];
    }

    private static string InputOf(IEnumerable<(string Feature, IptablesTable Table, string Rule)> features, string destination)
    {
        RestoreInput input = new();
        foreach (IGrouping<IptablesTable, string> table in features.ToLookup(f => f.Table, f => f.Rule))
        {
            input.Write(new Chain(table.Key, "L4P-PROBE", [.. table.Select(rule => rule.Replace("{0}", destination, StringComparison.Ordinal))]));
        }

        return input.ToString();
    }
}
