using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>What the kernel lacks and what it has too much, as lines for people.</summary>
internal static class IpvsDiff
{
    /// <summary><c>-</c> for what is missing, <c>+</c> for what is too much. A real server that drains is neither.</summary>
    public static IEnumerable<string> Between(IpvsState planned, IpvsState current, HostAddresses addresses)
    {
        string[] wanted = [.. Lines(planned, "")];
        string[] now = [.. Lines(current, "")];
        IEnumerable<string> device = addresses.OnDevice is null && planned.Servers.Count > 0 ? [$"- ip link {IpvsNames.Device}"] : [];
        HashSet<string> draining = [.. Lines(current, " -w 0").Where(l => l.EndsWith(" -w 0", StringComparison.Ordinal))];
        return
        [
            .. device,
            .. wanted.Except(now, StringComparer.Ordinal).Select(l => $"- {l}").Order(StringComparer.Ordinal),
            .. now.Except(wanted, StringComparer.Ordinal).Where(l => !draining.Contains(l)).Select(l => $"+ {l}").Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Every part of a state, on a line of its own, that ends with the given text.</summary>
    public static IEnumerable<string> Lines(IpvsState state, string ending)
    {
        IEnumerable<string> servers = state.Servers.SelectMany(s =>
            s.Value.RealServers.Select(r => $"ipvsadm -a {s.Key} -r {r.Key} -m -w {r.Value}").Prepend($"ipvsadm -A {s.Key} {s.Value.Options}"));
        IEnumerable<string> sets = state.Sets.SelectMany(s => s.Value.Select(e => $"ipset add {s.Key} {e}").Prepend($"ipset create {s.Key}"));
        IEnumerable<string> addresses = state.Addresses.Select((IPAddress a) => $"ip address {a} dev {IpvsNames.Device}");
        return addresses.Concat(servers).Concat(sets).Where(l => l.EndsWith(ending, StringComparison.Ordinal));
    }
}
