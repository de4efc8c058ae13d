using System.Net;

namespace L4Proxy.DataPlane.Services;

/// <summary>How an endpoint is dialled for a client that has just been accepted.</summary>
public sealed record DialOptions
{
    /// <summary>How long one attempt may take: 1 ms to 1 h.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence after which a second attempt starts beside the first: 0 (never) to 1 h.</summary>
    public TimeSpan HedgeDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Distinct endpoints tried for one client: 1 to 16.</summary>
    public int MaxEndpoints { get; init; } = 3;

    /// <summary>How long all attempts together may take: 1 ms to 1 h.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Local address that endpoints of its family are dialled from; null leaves it to routing. On Linux the port is
    /// chosen at connect(2) (IP_BIND_ADDRESS_NO_PORT), so that each endpoint has all ports of the address.
    /// </summary>
    public IPAddress? SourceAddress { get; init; }
}
