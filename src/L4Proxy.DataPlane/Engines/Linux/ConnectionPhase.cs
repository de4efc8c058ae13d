namespace L4Proxy.DataPlane.Engines.Linux;

internal enum ConnectionPhase : byte
{
    /// <summary>Ended; its object may serve another client.</summary>
    Closed,

    /// <summary>Accepted; an endpoint is being dialled and nothing is read from the client.</summary>
    Dialing,

    Relaying,
}
