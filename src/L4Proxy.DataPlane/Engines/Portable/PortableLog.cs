using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Messages of the portable engine. Ends of connections are the observer's to tell.</summary>
internal sealed partial class PortableLog(ILogger logger)
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service}: accepting on {Address} pauses: {Cause}")]
    public partial void AcceptPaused(ServicePortKey service, IPEndPoint address, string cause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Service}: accepting on {Address} resumes")]
    public partial void AcceptResumed(ServicePortKey service, IPEndPoint address);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Service}: accepting on {Address} failed and is tried again")]
    public partial void AcceptFailed(Exception cause, ServicePortKey service, IPEndPoint address);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Service}: the connection of {Client} ends by a defect")]
    public partial void ConnectionFailed(Exception cause, ServicePortKey service, ClientAddress client);
}
