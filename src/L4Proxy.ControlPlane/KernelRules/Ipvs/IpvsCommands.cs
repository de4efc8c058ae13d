using System.Net;
using System.Net.Sockets;
using System.Text;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Input of the tools that leads from one state to another, in the order in which it is handed to them.</summary>
/// <param name="SetAdditions">For <c>ipset restore</c>: sets and entries that are needed before traffic comes.</param>
/// <param name="ServerAdditions">For <c>ipvsadm -R</c>: virtual and real servers, new or changed.</param>
/// <param name="AddressAdditions">For <c>ip -batch</c>: from here on traffic comes.</param>
/// <param name="ServerRemovals">For <c>ipvsadm -R</c>.</param>
/// <param name="AddressRemovals">For <c>ip -batch</c>.</param>
/// <param name="SetRemovals">For <c>ipset restore</c>.</param>
internal sealed record IpvsCommands(
    string SetAdditions, string ServerAdditions, string AddressAdditions, string ServerRemovals, string AddressRemovals, string SetRemovals)
{
    /// <summary>Only what differs: a real server that stays is not mentioned, and so keeps its connections.</summary>
    public static IpvsCommands Between(IpvsState current, IpvsState target)
    {
        StringBuilder setAdditions = new();
        StringBuilder setRemovals = new();
        foreach ((string name, HashSet<string> entries) in target.Sets)
        {
            CompareSet(name, current.Sets.GetValueOrDefault(name), entries, setAdditions, setRemovals);
        }

        StringBuilder serverAdditions = new();
        StringBuilder serverRemovals = new();
        foreach ((VirtualAddress key, VirtualServer server) in target.Servers)
        {
            CompareServer(key, current.Servers.GetValueOrDefault(key), server, serverAdditions, serverRemovals);
        }

        foreach (VirtualAddress key in current.Servers.Keys.Where(k => !target.Servers.ContainsKey(k)))
        {
            serverRemovals.Append("-D ").Append(key).Append('\n');
        }

        // Last, since rules of a family that is given up name its sets.
        foreach (string name in current.Sets.Keys.Where(n => !target.Sets.ContainsKey(n)))
        {
            setRemovals.Append("destroy ").Append(name).Append('\n');
        }

        return new IpvsCommands(
            setAdditions.ToString(),
            serverAdditions.ToString(),
            Addresses("replace", target, current),
            serverRemovals.ToString(),
            Addresses("del", current, target),
            setRemovals.ToString());
    }

    private static string Addresses(string command, IpvsState of, IpvsState without)
    {
        StringBuilder text = new();
        foreach (IPAddress address in of.Addresses.Where(a => !without.Addresses.Contains(a)))
        {
            // Nobody else on a dummy device has it, so that there is nothing to detect; and its local route is all that it needs.
            bool isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            text.Append("address ").Append(command).Append(' ').Append(address).Append(isIPv6 ? "/128" : "/32")
                .Append(" dev ").Append(IpvsNames.Device).Append(isIPv6 && command == "replace" ? " nodad noprefixroute" : "").Append('\n');
        }

        return text.ToString();
    }

    private static void CompareSet(string name, HashSet<string>? current, HashSet<string> target, StringBuilder additions, StringBuilder removals)
    {
        if (current is null)
        {
            bool isIPv6 = name.StartsWith("l4p-6-", StringComparison.Ordinal);
            string type = IpvsNames.SetTypes[name[IpvsNames.Set(isIPv6, "").Length..]];
            string limits = !type.StartsWith("hash:", StringComparison.Ordinal) ? ""
                : isIPv6 ? " family inet6 maxelem 16777216" : " family inet maxelem 16777216";
            additions.Append("create ").Append(name).Append(' ').Append(type).Append(limits).Append('\n');
        }

        foreach (string entry in target.Where(e => current is null || !current.Contains(e)))
        {
            additions.Append("add ").Append(name).Append(' ').Append(entry).Append('\n');
        }

        foreach (string entry in current?.Where(e => !target.Contains(e)) ?? [])
        {
            removals.Append("del ").Append(name).Append(' ').Append(entry).Append('\n');
        }
    }

    private static void CompareServer(VirtualAddress key, VirtualServer? current, VirtualServer target, StringBuilder additions, StringBuilder removals)
    {
        if (ReferenceEquals(current, target))
        {
            return;
        }

        if (current?.IsScheduledAs(target) != true)
        {
            additions.Append(current is null ? "-A " : "-E ").Append(key).Append(' ').Append(target.Options).Append('\n');
        }

        foreach ((IPEndPoint address, int weight) in target.RealServers)
        {
            int known = 0;
            bool isNew = current?.RealServers.TryGetValue(address, out known) != true;
            if (isNew || known != weight)
            {
                // A real server that is taken out of use is so after the new ones are in.
                StringBuilder text = !isNew && weight == 0 ? removals : additions;
                text.Append(isNew ? "-a " : "-e ").Append(key).Append(" -r ").Append(address).Append(" -m -w ").Append(weight).Append('\n');
            }
        }

        foreach (IPEndPoint address in current?.RealServers.Keys.Where(a => !target.RealServers.ContainsKey(a)) ?? [])
        {
            removals.Append("-d ").Append(key).Append(" -r ").Append(address).Append('\n');
        }
    }
}
