using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>One attempt that is under way; the default value is a free slot.</summary>
/// <param name="Endpoint">What is dialled.</param>
/// <param name="Order">0 for the client's first attempt, 1 for the second, ...</param>
/// <param name="StartedMs">Monotonic milliseconds.</param>
/// <param name="IsTrial">Whether the endpoint is ejected and this client tries it.</param>
internal readonly record struct DialAttempt(EndpointState? Endpoint, int Order, long StartedMs, bool IsTrial);
