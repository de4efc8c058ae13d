using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>Messages of the Linux engine; event ids 1100 to 1199.</summary>
internal static partial class LinuxLog
{
    [LoggerMessage(1100, LogLevel.Information, "Linux engine: {Loops} event loops, at most {MaxConnections} connections", EventName = "EngineStarted")]
    public static partial void EngineStarted(ILogger logger, int loops, int maxConnections);

    [LoggerMessage(
        1101,
        LogLevel.Warning,
        "Loop {Loop} is out of descriptors: accepting pauses until some are free. Raise the limit (ulimit -n) or lower limits.maxConnections",
        EventName = "AcceptPaused")]
    public static partial void AcceptPaused(ILogger logger, int loop);

    [LoggerMessage(1102, LogLevel.Warning, "{Service}: accepting on {Address} pauses: a connection limit is reached", EventName = "LimitReached")]
    public static partial void LimitReached(ILogger logger, ServicePortKey service, IPEndPoint address);
}
