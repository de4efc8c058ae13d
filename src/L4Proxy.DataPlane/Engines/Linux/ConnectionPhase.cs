namespace L4Proxy.DataPlane.Engines.Linux;

internal enum ConnectionPhase : byte
{
    /// <summary>Ended; its object may serve another client.</summary>
    Closed,

    /// <summary>Accepted; the client has to send a PROXY header before anything else happens.</summary>
    ReceivingHeader,

    /// <summary>Accepted; an endpoint is being dialled and nothing is read from the client.</summary>
    Dialing,

    Relaying,
}
