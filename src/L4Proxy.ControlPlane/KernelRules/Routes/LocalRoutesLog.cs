using System.Net;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>Log messages of local routes.</summary>
internal static partial class LocalRoutesLog
{
    [LoggerMessage(LogLevel.Debug, "{Network} is local to this host already, by an address or a route that is not L4Proxy's: it is left as it is")]
    public static partial void AlreadyLocal(ILogger logger, IPNetwork network);
}
