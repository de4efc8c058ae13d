using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>One instruction from a <see cref="DialSession"/> to its engine.</summary>
/// <param name="Kind">What to do; it says which of the other values count.</param>
/// <param name="Slot">0 or 1: two attempts at most are under way at once.</param>
/// <param name="Endpoint">Where to connect to.</param>
/// <param name="UntilMs">Monotonic milliseconds.</param>
/// <param name="Reason">Why the client is reset.</param>
internal readonly record struct DialStep(
    DialStepKind Kind,
    int Slot = 0,
    EndpointState? Endpoint = null,
    long UntilMs = 0,
    CloseReason Reason = CloseReason.None);
