using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Telemetry;

/// <summary>Messages about Services that do not work as they should: ids 3200 to 3209.</summary>
internal static partial class TroubleMessages
{
    [LoggerMessage(3200, LogLevel.Warning, "{Service}: {Clients} clients were reset because no endpoint could be connected to ({Ends})")]
    public static partial void ClientsReset(ILogger logger, ServicePortKey service, long clients, string ends);

    [LoggerMessage(3201, LogLevel.Warning, "{Service}: endpoint {Endpoint} is ejected after {Failures} failed and {Timeouts} unanswered dials")]
    public static partial void Ejected(ILogger logger, ServicePortKey service, IPEndPoint endpoint, long failures, long timeouts);

    [LoggerMessage(3202, LogLevel.Information, "{Service}: endpoint {Endpoint} is no longer ejected")]
    public static partial void Readmitted(ILogger logger, ServicePortKey service, IPEndPoint endpoint);
}
