using Microsoft.Extensions.Logging;

namespace L4Proxy.Telemetry;

/// <summary>Messages about the access log: ids 3100 to 3109.</summary>
internal static partial class AccessLogMessages
{
    [LoggerMessage(3100, LogLevel.Warning, "access log: {Count} lines were dropped because the output is too slow or failed")]
    public static partial void Dropped(ILogger logger, long count);
}
