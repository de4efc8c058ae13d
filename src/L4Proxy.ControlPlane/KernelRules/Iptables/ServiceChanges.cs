using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Finds what differs between two states. Pure.</summary>
internal static class ServiceChanges
{
    /// <summary>Service ports that came (no old one), went (no new one) or are others now, of two lists that are ordered by key.</summary>
    public static IEnumerable<(ServiceRules? Old, ServiceRules? New)> Between(
        ImmutableArray<ServiceRules> before, ImmutableArray<ServiceRules> after)
    {
        int i = 0;
        int j = 0;
        while (i < before.Length || j < after.Length)
        {
            if (i < before.Length && j < after.Length && ReferenceEquals(before[i], after[j]))
            {
                i++;
                j++;
                continue;
            }

            int order = i == before.Length ? 1 : j == after.Length ? -1 : before[i].Key.CompareTo(after[j].Key);
            ServiceRules? old = order <= 0 ? before[i++] : null;
            ServiceRules? @new = order >= 0 ? after[j++] : null;
            yield return (old, @new);
        }
    }
}
