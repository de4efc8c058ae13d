using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Messages of the portable engine; event ids 1300 to 1399. Ends of connections are the observer's to tell.</summary>
internal sealed partial class PortableLog(ILogger logger)
{
    [LoggerMessage(1300, LogLevel.Information, "Portable engine: at most {MaxConnections} connections", EventName = "EngineStarted")]
    public partial void EngineStarted(int maxConnections);

    [LoggerMessage(1301, LogLevel.Warning, "{Service}: accepting on {Address} pauses: {Cause}", EventName = "AcceptPaused")]
    public partial void AcceptPaused(ServicePortKey service, IPEndPoint address, string cause);

    [LoggerMessage(1302, LogLevel.Information, "{Service}: accepting on {Address} goes on", EventName = "AcceptResumed")]
    public partial void AcceptResumed(ServicePortKey service, IPEndPoint address);

    [LoggerMessage(1303, LogLevel.Error, "{Service}: accepting on {Address} failed and is tried again", EventName = "AcceptFailed")]
    public partial void AcceptFailed(Exception cause, ServicePortKey service, IPEndPoint address);

    [LoggerMessage(1304, LogLevel.Error, "{Service}: the connection of {Client} ends by a defect", EventName = "ConnectionFailed")]
    public partial void ConnectionFailed(Exception cause, ServicePortKey service, ClientAddress client);

    [LoggerMessage(1305, LogLevel.Error, "The observer of connection ends failed", EventName = "ObserverFailed")]
    public partial void ObserverFailed(Exception cause);
}
