using System.Net;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines;

/// <summary>Log messages of all engines.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(LogLevel.Warning, "a dial from the client's own address {Client} failed, and the client was not served: {Cause}")]
    public static partial void TransparentFailed(ILogger logger, IPAddress client, string cause);
}
