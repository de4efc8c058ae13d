using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>An address by which clients know a Service port, and the frontend that serves it.</summary>
/// <param name="Address">What clients connect to.</param>
/// <param name="Kind">What the address is.</param>
/// <param name="Frontend">Where it listens, and by which rules.</param>
internal sealed record FrontendAddress(IPEndPoint Address, FrontendKind Kind, FrontendEntry Frontend)
{
    public static IEnumerable<FrontendAddress> Of(FrontendEntry frontend)
    {
        bool isHostPort = frontend.Kind == FrontendKind.HostPort;
        if (frontend.StandsFor.IsEmpty || isHostPort)
        {
            yield return new FrontendAddress(frontend.Address, frontend.Kind, frontend);
        }

        foreach (IPEndPoint address in frontend.StandsFor)
        {
            // The bind address is in place of the cluster IPs.
            yield return new FrontendAddress(address, isHostPort ? FrontendKind.ClusterIP : frontend.Kind, frontend);
        }
    }

    /// <summary>Endpoints that new connections of a kind of client go to.</summary>
    public IEnumerable<IPEndPoint> EndpointsOf(ServiceEntry service, bool isInside)
    {
        bool isLocal = Frontend.ScopeOf(isInside) == EndpointScope.Local;
        // A listener on [::] has clients of both families; rules for it are of one.
        bool hasBothFamilies = !service.SameFamily || (Address.Address.Equals(IPAddress.IPv6Any) && !Frontend.Captured);
        return service.Endpoints
            .Where(e => isLocal ? e.UsableLocally : e.Usable)
            .Where(e => hasBothFamilies || e.Address.AddressFamily == Address.AddressFamily)
            .Select(e => e.Address);
    }
}
