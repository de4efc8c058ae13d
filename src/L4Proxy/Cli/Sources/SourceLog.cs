using Microsoft.Extensions.Logging;

namespace L4Proxy.Cli.Sources;

internal static partial class SourceLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "following the cluster at {Server} ({Source})")]
    public static partial void Cluster(ILogger logger, Uri server, string source);
}
