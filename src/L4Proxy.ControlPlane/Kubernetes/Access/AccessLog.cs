using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Messages of the way to the API server; event ids 2600 to 2619.</summary>
internal static partial class AccessLog
{
    [LoggerMessage(2600, LogLevel.Warning, "{Trouble}; what was read before stays in use", EventName = "CredentialNotRenewed")]
    public static partial void NotRenewed(ILogger logger, string trouble);

    [LoggerMessage(2601, LogLevel.Debug, "{Plugin} ran for {Milliseconds} ms", EventName = "ExecPluginRan")]
    public static partial void PluginRan(ILogger logger, string plugin, long milliseconds);

    [LoggerMessage(2602, LogLevel.Information, "new connections to {Server} use a changed certificate", EventName = "CertificateChanged")]
    public static partial void CertificateChanged(ILogger logger, Uri server);
}
