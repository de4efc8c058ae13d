using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// One client and its endpoint, owned by one event loop from accept to close. All of its state is here: descriptors,
/// pending bytes, flags, endpoint and counters. As a timer it wakes for whatever it waits for next.
/// </summary>
internal sealed class Connection(EventLoop loop, int index) : TimerNode
{
    /// <summary>Place in the loop's table; part of what epoll returns.</summary>
    public readonly int Index = index;

    /// <summary>Counts the lives of this object, so that an event for an earlier one is recognised.</summary>
    public uint Generation;

    public ConnectionPhase Phase;

    public int ClientFd = -1;

    /// <summary>Descriptors of the dial session's slots; while relaying, only that of <see cref="ActiveSlot"/> is open.</summary>
    public UpstreamFds Upstream;

    /// <summary>The turn of the loop in which the socket of each slot was opened.</summary>
    public UpstreamTurns SlotTurns;

    /// <summary>The slot that won.</summary>
    public int ActiveSlot;

    /// <summary>Client to endpoint.</summary>
    public Flow Up;

    /// <summary>Endpoint to client.</summary>
    public Flow Down;

    /// <summary>Who is served: the peer, or whom its PROXY header names.</summary>
    public ClientAddress Client;

    /// <summary>
    /// Where the client wanted to go, as its PROXY header names it, or as a capture listener found out; default when that is the
    /// local address of its socket.
    /// </summary>
    public ClientAddress Destination;

    /// <summary>The frontend while it has still to decide about the client; null otherwise.</summary>
    public FrontendState? Frontend;

    public ServiceState Service = null!;
    public TrafficCounters Counters = null!;

    /// <summary>The options in force when the client was accepted; they hold for the connection's life.</summary>
    public ServiceOptions Options = null!;

    /// <summary>The endpoint that answered; acquired until the end.</summary>
    public EndpointState? Endpoint;

    /// <summary>The search for an endpoint while there is one.</summary>
    public DialSession? Dial;

    public int Retries;

    /// <summary>Stopwatch ticks.</summary>
    public long AcceptedAt;

    /// <summary>Stopwatch ticks from accept to the endpoint's answer.</summary>
    public long ConnectTicks;

    /// <summary>Milliseconds of the loop's clock.</summary>
    public long AcceptedMs;

    /// <summary>When a byte last moved; milliseconds of the loop's clock.</summary>
    public long ActivityMs;

    /// <summary>Whether the last byte went to the client: then it is the client's turn.</summary>
    public bool ClientsTurn;

    /// <summary>Whether the client's socket is gone, by RST or failure.</summary>
    public bool ClientReset;

    /// <summary>Whether the endpoint's socket is gone, by RST or failure.</summary>
    public bool ServerReset;

    /// <summary>Whether EPOLLOUT is asked for on the client's socket.</summary>
    public bool ClientWriteWatched;

    /// <summary>Whether EPOLLOUT is asked for on the endpoint's socket.</summary>
    public bool ServerWriteWatched;

    /// <summary>Whether one direction has ended, so that the half-open timeout runs.</summary>
    public bool HalfOpen;

    /// <summary>Whether it waits in the loop's list for another turn.</summary>
    public bool Queued;

    public int ServerFd => Upstream[ActiveSlot];

    internal override void Expire(long nowMs) => loop.OnTimer(this, nowMs);

    /// <summary>One descriptor for each slot of a <see cref="DialSession"/>; -1 when it has none.</summary>
    [System.Runtime.CompilerServices.InlineArray(DialSession.Slots)]
    public struct UpstreamFds
    {
        private int _first;
    }

    /// <summary>One turn for each slot of a <see cref="DialSession"/>.</summary>
    [System.Runtime.CompilerServices.InlineArray(DialSession.Slots)]
    public struct UpstreamTurns
    {
        private long _first;
    }
}
