using System.Net;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Iptables;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>What a first application hands to the tools, for people and for tests: sorted, and the same on every host.</summary>
internal static class IpvsPlanText
{
    /// <summary>Stand for this host's own addresses where node ports are served on all of them (RFC 5737, RFC 3849).</summary>
    private static readonly HostAddresses s_anyHost = new([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], null, "");

    public static string Write(RulesState state, RulesOptions options)
    {
        IpvsState planned = new IpvsPlanner(options).Plan(state, s_anyHost);
        var commands = IpvsCommands.Between(new IpvsState(), planned);
        StringBuilder text = new();
        if (state.Families.Any(f => f.NodePortsOnAllAddresses))
        {
            text.Append("# 192.0.2.1 and 2001:db8::1 stand for each of the host's own addresses\n");
        }

        Section(text, "ip link", planned.Servers.Count == 0 ? "" : $"add {IpvsNames.Device} type dummy\n");
        Section(text, "sysctl net/ipv4", planned.Servers.Count == 0 ? "" : Sorted(string.Concat(
            new IpvsSysctls(options.Ipvs).Wanted.Select(w => $"{w.Key} = {w.Value}\n"))));
        Section(text, "ipset -exist restore", Sorted(commands.SetAdditions));
        foreach (FamilyRules family in state.Families.Where(f => !f.Services.IsEmpty))
        {
            string rules = new IpvsHelperRules(options, family.IsIPv6, !family.PodNetworks.IsEmpty).Restore([]).ToString();
            string tool = family.IsIPv6 ? "ip6tables-restore" : "iptables-restore";
            Section(text, $"{tool} {string.Join(' ', IptablesTool.RestoreArguments)}", rules);
        }

        Section(text, "ipvsadm -R", SortedByServer(commands.ServerAdditions));
        Section(text, "ip -batch -", Sorted(commands.AddressAdditions));
        return text.ToString();
    }

    private static void Section(StringBuilder text, string tool, string input)
    {
        if (input.Length > 0)
        {
            text.Append("# ").Append(tool).Append('\n').Append(input);
        }
    }

    /// <summary>A set's creation comes before its entries.</summary>
    private static string Sorted(string lines) =>
        Join(Lines(lines).OrderBy(l => !l.StartsWith("create ", StringComparison.Ordinal)).ThenBy(l => l, StringComparer.Ordinal));

    /// <summary>A virtual server comes before its real servers.</summary>
    private static string SortedByServer(string lines) =>
        Join(Lines(lines).OrderBy(l => string.Join(' ', l.Split(' ').Skip(1).Take(2)), StringComparer.Ordinal).ThenBy(l => l, StringComparer.Ordinal));

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + '\n'));
}
