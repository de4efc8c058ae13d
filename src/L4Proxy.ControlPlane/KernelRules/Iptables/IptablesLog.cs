using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

internal static partial class IptablesLog
{
    [LoggerMessage(2710, LogLevel.Information, "rules are written by {Tool}")]
    public static partial void Chosen(ILogger logger, string tool);
}
