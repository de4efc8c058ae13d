using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

internal static partial class IptablesLog
{
    [LoggerMessage(2710, LogLevel.Information, "rules are written by {Tool}")]
    public static partial void Chosen(ILogger logger, string tool);

    [LoggerMessage(2711, LogLevel.Debug, "{Tool}: whether an earlier run left rules there is not known: {Cause}")]
    public static partial void OtherVariantStays(ILogger logger, string tool, string cause);
}
