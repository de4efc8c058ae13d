using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Admin.Metrics;

/// <summary>Service ports with a Local traffic policy that have endpoints in the cluster, but none on this node.</summary>
internal readonly record struct LocalShortage(int Internal4, int Internal6, int External4, int External6)
{
    public static LocalShortage Of(ServiceTable table)
    {
        LocalShortage sum = default;
        foreach (ServiceEntry entry in table.Services)
        {
            if (entry.Endpoints.Any(e => e.Usable) && !entry.Endpoints.Any(e => e.UsableLocally))
            {
                sum = sum.Plus(entry);
            }
        }

        return sum;
    }

    public IEnumerable<(string Family, string Policy, int Count)> Values() =>
    [
        ("IPv4", "external", External4),
        ("IPv4", "internal", Internal4),
        ("IPv6", "external", External6),
        ("IPv6", "internal", Internal6),
    ];

    private LocalShortage Plus(ServiceEntry entry) => new(
        Internal4 + Count(entry, isInternal: true, AddressFamily.InterNetwork),
        Internal6 + Count(entry, isInternal: true, AddressFamily.InterNetworkV6),
        External4 + Count(entry, isInternal: false, AddressFamily.InterNetwork),
        External6 + Count(entry, isInternal: false, AddressFamily.InterNetworkV6));

    private static int Count(ServiceEntry entry, bool isInternal, AddressFamily family) =>
        entry.Frontends.Any(f => f.FromOutside == EndpointScope.Local && IsInternal(f.Kind) == isInternal && FamilyOf(f) == family) ? 1 : 0;

    private static bool IsInternal(FrontendKind kind) => kind is FrontendKind.ClusterIP or FrontendKind.HostPort;

    private static AddressFamily FamilyOf(FrontendEntry frontend) =>
        (frontend.StandsFor.IsDefaultOrEmpty ? frontend.Address : frontend.StandsFor[0]).AddressFamily;
}
