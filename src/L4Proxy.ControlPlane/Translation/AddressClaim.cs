using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>An address that one Service port alone can have.</summary>
/// <param name="Address">The address.</param>
/// <param name="Protocol">Its protocol; the same port of another one is another address.</param>
/// <param name="IsBound">
/// Whether a socket is bound there, so that wildcard addresses overlap with others. Packet rules know an address by itself:
/// a node port on all of a host's addresses is none of the addresses of Services.
/// </param>
internal readonly record struct AddressClaim(IPEndPoint Address, ServiceProtocol Protocol, bool IsBound)
{
    /// <summary>What a wish claims: where it listens, unless that is any free port, and the addresses whose clients are led to it.</summary>
    public static IEnumerable<AddressClaim> Of(ServicePortKey key, FrontendWish wish)
    {
        FrontendEntry frontend = wish.Frontend;
        if (frontend.Address.Port != 0)
        {
            yield return new AddressClaim(frontend.Address, key.Protocol, !frontend.Captured);
        }

        foreach (IPEndPoint address in frontend.StandsFor)
        {
            yield return new AddressClaim(address, key.Protocol, IsBound: false);
        }
    }
}
