using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>One frontend as it really is.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Frontend">What was asked for.</param>
/// <param name="LocalEndPoint">The real address; null while it could not be bound.</param>
/// <param name="Open">Whether clients are accepted: false while there is no endpoint, or no address.</param>
/// <param name="Error">Why the address could not be bound; null when it is.</param>
public sealed record ListenerStatus(
    ServicePortKey Service,
    FrontendEntry Frontend,
    IPEndPoint? LocalEndPoint,
    bool Open,
    string? Error);
