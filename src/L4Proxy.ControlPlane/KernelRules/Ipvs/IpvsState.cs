using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>What of this backend's is in the kernel, or ought to be, but for its constant rules.</summary>
internal sealed class IpvsState
{
    /// <summary>On the device.</summary>
    public HashSet<IPAddress> Addresses { get; } = [];

    public Dictionary<VirtualAddress, VirtualServer> Servers { get; } = [];

    /// <summary>Virtual servers of others.</summary>
    public Dictionary<VirtualAddress, VirtualServer> Foreign { get; } = [];

    /// <summary>Sets by their names in the kernel; one that does not exist has no key.</summary>
    public Dictionary<string, HashSet<string>> Sets { get; } = new(StringComparer.Ordinal);

    /// <summary>All sets of one family, empty.</summary>
    public void AddSets(bool isIPv6)
    {
        foreach (string name in IpvsNames.SetTypes.Keys)
        {
            Sets[IpvsNames.Set(isIPv6, name)] = new HashSet<string>(StringComparer.Ordinal);
        }
    }

    public void AddEntry(bool isIPv6, string set, string entry) => Sets[IpvsNames.Set(isIPv6, set)].Add(entry);

    public bool HasFamily(bool isIPv6) => Sets.ContainsKey(IpvsNames.Set(isIPv6, IpvsNames.Servers));

    public bool HasFamiliesOf(IpvsState other) => HasFamily(false) == other.HasFamily(false) && HasFamily(true) == other.HasFamily(true);
}
