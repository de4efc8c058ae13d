using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.DataPlane.Services;

/// <summary>One address that a Service port listens on, and whom it serves from which endpoints. Compared by value.</summary>
/// <param name="Address">
/// Address and port. Port 0 asks for any free port, chosen once and then kept. Address and kind together are there
/// once in a Service port, and are what its socket belongs to across snapshots.
/// </param>
/// <param name="Kind">Why it listens there.</param>
public sealed record FrontendEntry(IPEndPoint Address, FrontendKind Kind)
{
    /// <summary>Endpoints of clients from <see cref="ServiceTable.Inside"/>: pods, and this node itself.</summary>
    public EndpointScope FromInside { get; init; }

    /// <summary>Endpoints of all other clients.</summary>
    public EndpointScope FromOutside { get; init; }

    /// <summary>The clients that are served; the others are reset. Empty admits all.</summary>
    public NetworkSet AllowedSources { get; init; } = NetworkSet.Empty;

    /// <summary>
    /// The Service's own addresses whose clients are to be led here (a cluster IP, external IPs) when the listener
    /// is on another address than those; empty when clients are meant to use <see cref="Address"/>.
    /// </summary>
    public ImmutableArray<IPEndPoint> StandsFor { get; init; } = [];

    /// <summary>
    /// Whether nobody binds the address: packet rules bring its clients to a listener of
    /// <see cref="ServiceTable.CaptureListeners"/>, where it is the connection's original destination. A wildcard address stands for
    /// all of this host's addresses of its own family alone.
    /// </summary>
    public bool Captured { get; init; }

    /// <summary>
    /// Whether IPv4 clients can come here: all engines let <c>[::]</c>, and no other IPv6 address, take them too. Capturing is done
    /// for each family by itself.
    /// </summary>
    internal bool TakesIPv4 => Address.AddressFamily == AddressFamily.InterNetwork
        || (Address.Address.Equals(IPAddress.IPv6Any) && !Captured && Kind != FrontendKind.Capture);

    /// <summary>Whether IPv6 clients can come here.</summary>
    internal bool TakesIPv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    public EndpointScope ScopeOf(bool isInside) => isInside ? FromInside : FromOutside;

    public bool Equals(FrontendEntry? other) => other is not null && Kind == other.Kind && Address.Equals(other.Address)
        && Captured == other.Captured && FromInside == other.FromInside && FromOutside == other.FromOutside
        && AllowedSources.Equals(other.AllowedSources) && StandsFor.AsSpan().SequenceEqual(other.StandsFor.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Address, Kind);
}
