using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// One listener's Service port, and whom it serves from which endpoints. Engines hold this object; what it says of
/// clients is swapped by reference while its address and kind stay, so a new policy never touches the socket.
/// </summary>
public sealed class FrontendState
{
    private readonly InsideState _inside;
    private volatile FrontendEntry _entry;

    internal FrontendState(ServiceState service, FrontendEntry entry, InsideState inside)
    {
        Service = service;
        _entry = entry;
        _inside = inside;
    }

    public ServiceState Service { get; }

    /// <summary>The frontend as the table in force has it.</summary>
    public FrontendEntry Entry
    {
        get => _entry;
        internal set => _entry = value;
    }

    /// <summary>What a capture listener finds the frontend of each connection in; null for every other listener.</summary>
    internal CaptureIndex? Captured { get; init; }

    /// <summary>
    /// Whether a client that finds its Service full is reset, where it would else wait in the backlog. A capture listener's backlog
    /// is that of all Services: nobody may wait there for one of them.
    /// </summary>
    internal bool ResetsOverflow => Captured is not null || Service.Entry.Options.Overflow == OverflowAction.Reset;

    /// <summary>
    /// Decides about a peer that was accepted. One that has to send a PROXY header is only asked whether its header would be
    /// believed: it is the client of the header that <see cref="Admit"/> decides about.
    /// </summary>
    /// <param name="peer">Who connected.</param>
    /// <param name="proxyProtocol">The options that hold for the connection.</param>
    /// <param name="scope">As that of <see cref="Admit"/>; of no meaning before a header.</param>
    internal CloseReason AdmitPeer(in ClientAddress peer, ProxyProtocolOptions proxyProtocol, out EndpointScope scope)
    {
        if (!proxyProtocol.Accept)
        {
            return Admit(peer, out scope);
        }

        scope = default;
        return proxyProtocol.TrustedSources.Contains(peer) ? CloseReason.None : CloseReason.ProxyHeaderNotTrusted;
    }

    /// <summary>
    /// Decides about a client: <see cref="CloseReason.None"/> and where it may be led, or why it is to be reset. Allocates
    /// nothing and takes no lock.
    /// </summary>
    /// <param name="client">Who it is.</param>
    /// <param name="scope">The endpoints that it may get, for all of its dials; of those, the client's family decides.</param>
    internal CloseReason Admit(in ClientAddress client, out EndpointScope scope)
    {
        FrontendEntry entry = _entry;
        scope = entry.FromOutside;
        if (!entry.AllowedSources.IsEmpty && !entry.AllowedSources.Contains(client))
        {
            return CloseReason.SourceNotAllowed;
        }

        if (entry.FromInside != entry.FromOutside)
        {
            scope = entry.ScopeOf(_inside.Networks.Contains(client) || IsOwnAddress(client, entry));
        }

        return CloseReason.None;
    }

    /// <summary>
    /// Whether a client has the very address of the Service that it connected to, which no interface need have. It is on this host
    /// then: the kernel takes the destination for the source where a route alone makes an address local, and drops packets from
    /// elsewhere that claim one (RFC 1812, section 5.3.7).
    /// </summary>
    private static bool IsOwnAddress(in ClientAddress client, FrontendEntry entry) =>
        entry.Kind is FrontendKind.ExternalIP or FrontendKind.LoadBalancer && client.Address == ClientAddress.From(entry.Address).Address;

    /// <summary>Whether any client could be given an endpoint by the table in force: where none could, nobody listens.</summary>
    internal bool HasEndpoints()
    {
        FrontendEntry entry = _entry;
        BoundService bound = Service.Current;
        return (entry.TakesIPv4 && HasEndpoints(bound, entry, isIPv4: true)) || (entry.TakesIPv6 && HasEndpoints(bound, entry, isIPv4: false));
    }

    private bool HasEndpoints(BoundService bound, FrontendEntry entry, bool isIPv4) =>
        bound.In(entry.FromOutside, isIPv4).Usable.Length > 0
        || (!_inside.Networks.IsEmpty && bound.In(entry.FromInside, isIPv4).Usable.Length > 0);
}
