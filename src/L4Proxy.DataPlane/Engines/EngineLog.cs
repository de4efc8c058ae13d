using System.Net;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Log messages of all engines.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(LogLevel.Warning, "a dial from the client's own address {Client} failed: {Cause}")]
    public static partial void TransparentFailed(ILogger logger, IPAddress client, string cause);

    [LoggerMessage(LogLevel.Warning, "this host's networks could not be read, those known before count on: {Cause}")]
    public static partial void NetworksUnread(ILogger logger, string cause);

    [LoggerMessage(LogLevel.Warning,
        "this host's networks could not be read, no dial goes out from a client's own address until they are; it is tried again: {Cause}")]
    public static partial void NetworksUnknown(ILogger logger, string cause);

    [LoggerMessage(LogLevel.Information, "this host's networks are known now, dials go out from clients' own addresses")]
    public static partial void NetworksKnown(ILogger logger);
}
