using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Addresses that can be dialled.</summary>
internal static class EndpointAddressText
{
    /// <summary>Said of an address that is refused.</summary>
    public const string Allowed = "an IP address in its usual form, not unspecified, multicast or broadcast";

    /// <summary>Reads one; false for what is no address and for addresses that nobody can be connected to.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IPAddress? address) =>
        IPLiteral.TryParse(text, out address) && CanBeDialled(address);

    /// <summary>
    /// Whether an address leads to the dialling host itself, or to what only its own links have: loopback (node daemons)
    /// and link-local ones (a cloud's metadata service). An API server lets nobody write them into an EndpointSlice or
    /// Endpoints (ValidateEndpointIP), because Pods never have them.
    /// </summary>
    public static bool IsLocal(IPAddress address) => IPAddress.IsLoopback(address)
        || (address.AddressFamily == AddressFamily.InterNetwork ? address.GetAddressBytes() is [169, 254, ..] : address.IsIPv6LinkLocal);

    public static bool CanBeDialled(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? !address.Equals(IPAddress.Any) && address.GetAddressBytes()[0] is < 224
        : !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6;
}
