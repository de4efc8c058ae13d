using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Who listens where. First come, first served.</summary>
internal sealed class PortClaims
{
    private readonly Dictionary<int, List<(IPEndPoint Address, ServicePortKey Holder)>> _byPort = [];

    /// <summary>Asks for an address; <paramref name="holder"/> is who has it when the answer is no.</summary>
    public PortClaim Claim(IPEndPoint address, ServicePortKey key, out ServicePortKey holder)
    {
        if (!_byPort.TryGetValue(address.Port, out List<(IPEndPoint Address, ServicePortKey Holder)>? claims))
        {
            claims = [];
            _byPort.Add(address.Port, claims);
        }

        foreach ((IPEndPoint taken, ServicePortKey by) in claims)
        {
            if (Covers(taken, address) || Covers(address, taken))
            {
                holder = by;
                return by == key ? PortClaim.Own : PortClaim.Taken;
            }
        }

        claims.Add((address, key));
        holder = key;
        return PortClaim.Granted;
    }

    /// <summary>
    /// Whether a listener on the first address also gets the connections of the second: the same address, or the
    /// wildcard of its family. <c>[::]</c> counts for both families, because it may be a dual-stack socket (RFC 3493,
    /// section 3.7).
    /// </summary>
    public static bool Covers(IPEndPoint wide, IPEndPoint narrow) => wide.Port == narrow.Port
        && (wide.Address.Equals(narrow.Address)
            || wide.Address.Equals(IPAddress.IPv6Any)
            || (wide.Address.Equals(IPAddress.Any) && narrow.AddressFamily == AddressFamily.InterNetwork));
}
