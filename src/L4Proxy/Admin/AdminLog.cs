using System.Net;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Admin;

/// <summary>Messages of the HTTP endpoints: ids 3300 to 3309.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(3300, LogLevel.Debug, "{Name} listens on {Address}")]
    public static partial void Listening(ILogger logger, string name, IPEndPoint address);

    [LoggerMessage(3301, LogLevel.Warning, "{Name} cannot listen on {Address}: {Cause}; it is tried again")]
    public static partial void CannotListen(ILogger logger, string name, IPEndPoint address, string cause);

    [LoggerMessage(3302, LogLevel.Information, "{Name} listens on {Address} now")]
    public static partial void ListeningAtLast(ILogger logger, string name, IPEndPoint address);

    [LoggerMessage(3303, LogLevel.Error, "{Path} could not be answered: {Type}: {Cause}")]
    public static partial void AnswerFailed(ILogger logger, string path, string type, string cause);
}
