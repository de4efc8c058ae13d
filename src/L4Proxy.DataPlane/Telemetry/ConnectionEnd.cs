using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Telemetry;

/// <summary>What there is to say about a connection when it has ended.</summary>
public readonly record struct ConnectionEnd
{
    public required ClientAddress Client { get; init; }

    /// <summary>Where the client wanted to go, if a capture listener took it or its PROXY header says so; default otherwise.</summary>
    public ClientAddress Destination { get; init; }

    public required ServiceState Service { get; init; }

    /// <summary>The endpoint that answered; null when none did.</summary>
    public EndpointState? Endpoint { get; init; }

    public required CloseReason Reason { get; init; }

    /// <summary>From accept to the endpoint's answer; zero when none answered.</summary>
    public TimeSpan ConnectTime { get; init; }

    /// <summary>From accept to the end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes from the client that were delivered to the endpoint.</summary>
    public long BytesUp { get; init; }

    /// <summary>Bytes from the endpoint that were delivered to the client.</summary>
    public long BytesDown { get; init; }

    /// <summary>Dials beyond the first.</summary>
    public int Retries { get; init; }
}
