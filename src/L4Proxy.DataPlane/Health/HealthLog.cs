using System.Net;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Health;

/// <summary>Messages of the health checks: ids 1200 to 1209.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(1200, LogLevel.Information, "endpoint {Endpoint} of {Service} passes its health check again")]
    public static partial void Up(ILogger logger, IPEndPoint endpoint, ServicePortKey service);

    [LoggerMessage(1201, LogLevel.Warning, "endpoint {Endpoint} of {Service} fails its health check: {Error}")]
    public static partial void Down(ILogger logger, IPEndPoint endpoint, ServicePortKey service, string error);
}
