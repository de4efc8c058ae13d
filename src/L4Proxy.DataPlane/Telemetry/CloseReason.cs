namespace L4Proxy.DataPlane.Telemetry;

/// <summary>
/// Why a connection ended: whose doing it was and in which phase. One value per connection, the same in the
/// log, in metrics and in tests. <see cref="CloseReasons.Code"/> gives the two letters, modelled on HAProxy's
/// termination states: first who (C client, S server, P proxy, R resource, K kill, D endpoint gone,
/// lower case c and s for a time-out on that side, - nobody), then when (C connecting, D data, H PROXY
/// header, L last data, R received, N no Service known yet, Q queued, - finished).
/// </summary>
public enum CloseReason : byte
{
    /// <summary>Still open.</summary>
    None,

    /// <summary><c>--</c> Both directions ended and everything was delivered.</summary>
    Finished,

    /// <summary><c>CC</c> The client reset while an endpoint was being dialled.</summary>
    ClientResetWhileConnecting,

    /// <summary><c>CD</c> The client reset while data flowed.</summary>
    ClientReset,

    /// <summary><c>CL</c> The client reset after one direction had ended.</summary>
    ClientResetWhileClosing,

    /// <summary><c>SC</c> Every endpoint tried refused or failed.</summary>
    ConnectFailed,

    /// <summary><c>sC</c> No endpoint answered in time.</summary>
    ConnectTimeout,

    /// <summary><c>SD</c> The server reset while data flowed.</summary>
    ServerReset,

    /// <summary><c>SL</c> The server reset after one direction had ended.</summary>
    ServerResetWhileClosing,

    /// <summary><c>cD</c> Idle timeout; the last byte had gone to the client.</summary>
    ClientIdle,

    /// <summary><c>sD</c> Idle timeout; the last byte had gone to the server, or none had flowed.</summary>
    ServerIdle,

    /// <summary><c>cL</c> Half-open timeout; the server had finished, the client had not.</summary>
    ClientHalfOpen,

    /// <summary><c>sL</c> Half-open timeout; the client had finished, the server had not.</summary>
    ServerHalfOpen,

    /// <summary><c>PC</c> There is no endpoint.</summary>
    NoEndpoint,

    /// <summary><c>PR</c> The client's address is not among the sources that its listener serves.</summary>
    SourceNotAllowed,

    /// <summary><c>PN</c> A capture listener was given a connection to an address that no Service has, most likely its own.</summary>
    NoService,

    /// <summary><c>PH</c> A PROXY header is required here, and the peer is not among those whose header is believed.</summary>
    ProxyHeaderNotTrusted,

    /// <summary><c>CH</c> The client began with something that is no PROXY header, where one is required.</summary>
    ProxyHeaderInvalid,

    /// <summary><c>CR</c> The client closed or reset before its PROXY header was complete.</summary>
    ProxyHeaderIncomplete,

    /// <summary><c>cH</c> The client's PROXY header was not complete in time.</summary>
    ProxyHeaderTimeout,

    /// <summary><c>PD</c> The connection reached its maximum age.</summary>
    MaxAge,

    /// <summary><c>RC</c> Descriptors, ports or memory ran out while connecting.</summary>
    ResourceExhausted,

    /// <summary><c>RQ</c> A connection limit was reached and says reset.</summary>
    LimitReached,

    /// <summary><c>DD</c> The endpoint left the Service and its grace time is over.</summary>
    EndpointLeft,

    /// <summary><c>KC</c> Shutdown while an endpoint was being dialled.</summary>
    ShutdownWhileConnecting,

    /// <summary><c>KD</c> Shutdown cut the connection after the drain time.</summary>
    Shutdown,

    /// <summary><c>ID</c> A defect in the proxy.</summary>
    Internal,
}
