using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>
/// One client's search for an endpoint, as a pure state machine: no socket, no clock, no allocation after
/// construction. The engine asks <see cref="Next"/> what to do until it says wait or fail, does it, and reports
/// what came of it. Reusable after its end. Used by one thread at a time.
/// </summary>
internal sealed class DialSession
{
    /// <summary>Attempts under way at once.</summary>
    public const int Slots = 2;

    /// <summary>Attempts started so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Starts a search. The options of the service's snapshot at this moment hold for the whole search.</summary>
    public void Begin(ServiceState service, in ClientAddress client, long nowMs) => throw new NotSupportedException();

    /// <summary>What to do now. Each Start acquires its endpoint; whatever ends the attempt releases it.</summary>
    public DialStep Next(long nowMs) => throw new NotSupportedException();

    /// <summary>The attempt in a slot failed; its socket is closed. Ask <see cref="Next"/> again.</summary>
    public void Failed(int slot, DialError error, long nowMs) => throw new NotSupportedException();

    /// <summary>
    /// The attempt in a slot connected and wins: the session is over. The other slot's attempt, if any, is
    /// accounted for and the engine closes its socket. The winner stays acquired: the engine releases it
    /// (<c>EndpointState.Release</c>) when the connection ends.
    /// </summary>
    public EndpointState Connected(int slot, long nowMs) => throw new NotSupportedException();

    /// <summary>The client is gone or the proxy stops: whatever is under way is released without blame. The engine closes the sockets.</summary>
    public void Abort() => throw new NotSupportedException();
}
