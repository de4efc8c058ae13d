using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Messages of the life of rules: event ids 2500 to 2509.</summary>
internal static partial class RulesLog
{
    [LoggerMessage(2500, LogLevel.Debug, "{Backend}: rules of {Services} Service ports are in force after {Milliseconds:0.0} ms{Kind}")]
    public static partial void Applied(ILogger logger, string backend, int services, double milliseconds, string kind);

    [LoggerMessage(2501, LogLevel.Error, "{Backend}: rules could not be put in force, it is tried again: {Cause}")]
    public static partial void Failed(ILogger logger, string backend, string cause);

    [LoggerMessage(2502, LogLevel.Information, "{Backend}: rules are in force again after {Failures} failures")]
    public static partial void Recovered(ILogger logger, string backend, int failures);

    [LoggerMessage(2503, LogLevel.Warning, "{Backend}: rules were removed or changed by somebody else, they are written anew")]
    public static partial void Lost(ILogger logger, string backend);

    [LoggerMessage(2504, LogLevel.Information, "{Backend}: removed what an earlier run had left in the kernel")]
    public static partial void LeftoversRemoved(ILogger logger, string backend);

    [LoggerMessage(2505, LogLevel.Warning, "{Backend}: leftovers of an earlier run could not be removed: {Cause}")]
    public static partial void LeftoversStay(ILogger logger, string backend, string cause);

    [LoggerMessage(2506, LogLevel.Warning, "{Backend}: nobody told of removed rules ({Cause}); it is tried again, and the rules are looked at every {Seconds} s anyway")]
    public static partial void NotTold(ILogger logger, string backend, string cause, double seconds);

    [LoggerMessage(2507, LogLevel.Warning, "{Reason}; {Backend} is used instead")]
    public static partial void FallsBack(ILogger logger, string reason, string backend);

    [LoggerMessage(2509, LogLevel.Warning, "{Backend}: {Cause}; it is tried again, for {Seconds} s at most")]
    public static partial void Busy(ILogger logger, string backend, string cause, double seconds);

    [LoggerMessage(2508, LogLevel.Warning, "{Backend}: nobody can tell whether the rules are still there, they are written anew: {Cause}")]
    public static partial void Unseen(ILogger logger, string backend, string cause);
}
