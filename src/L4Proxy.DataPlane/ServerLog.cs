using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane;

/// <summary>Messages of the server; event ids 1000 to 1099.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1000, LogLevel.Information, "{Service} now listens on {Address}", EventName = "ListenRecovered")]
    public static partial void ListenRecovered(ILogger logger, ServicePortKey service, IPEndPoint address);
}
