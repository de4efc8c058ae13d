using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Conntrack;

/// <summary>Messages of cleaning conntrack entries; event ids 2700 to 2709.</summary>
internal static partial class ConntrackLog
{
    [LoggerMessage(2700, LogLevel.Warning,
        "conntrack: not found in PATH, /usr/sbin and /sbin; UDP clients that never stop sending stay with an endpoint that is gone (Debian: package conntrack)",
        EventName = "ConntrackMissing")]
    public static partial void Missing(ILogger logger);

    [LoggerMessage(2701, LogLevel.Warning, "{Trouble}; stale UDP flows may stay until they are idle", EventName = "ConntrackFailed")]
    public static partial void Failed(ILogger logger, string trouble);

    [LoggerMessage(2702, LogLevel.Debug, "forgot the UDP flows from {Destination} to {Endpoint}", EventName = "ConntrackCleaned")]
    public static partial void Cleaned(ILogger logger, System.Net.IPEndPoint destination, System.Net.IPEndPoint endpoint);
}
