using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Messages of the process as a whole: event ids 3000 to 3099.</summary>
internal static partial class HostLog
{
    [LoggerMessage(3000, LogLevel.Information, "l4proxy {Version} starts: {Engine} engine, process {ProcessId}")]
    public static partial void Starting(ILogger logger, string version, string engine, int processId);

    [LoggerMessage(3001, LogLevel.Information, "ready: {Services} Service ports on {Open} open listeners after {Milliseconds} ms")]
    public static partial void Ready(ILogger logger, int services, int open, long milliseconds);

    [LoggerMessage(3002, LogLevel.Information, "{Service} listens on {Address}")]
    public static partial void Listening(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(3003, LogLevel.Information, "{Service} has {Address} but no endpoint: clients are refused until there is one")]
    public static partial void WithoutEndpoint(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(3004, LogLevel.Information, "{Service} no longer listens on {Address}")]
    public static partial void NotListening(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(3005, LogLevel.Error, "{Service}: {Error}")]
    public static partial void ListenerFailed(ILogger logger, ServicePortKey service, string error);

    [LoggerMessage(3006, LogLevel.Information, "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(EventId = 3007, Message = "{Problem}")]
    public static partial void Problem(ILogger logger, LogLevel level, Problem problem);

    [LoggerMessage(3008, LogLevel.Information, "solved: {Problem}")]
    public static partial void Solved(ILogger logger, Problem problem);

    [LoggerMessage(3009, LogLevel.Information, "reloading")]
    public static partial void Reloading(ILogger logger);

    [LoggerMessage(3010, LogLevel.Information, "stopping: waiting up to {Seconds} s for {Live} connections; a second signal ends them at once")]
    public static partial void Draining(ILogger logger, double seconds, int live);

    [LoggerMessage(3011, LogLevel.Information, "stopped: waited for {Live} connections, {Reset} of them were reset")]
    public static partial void Stopped(ILogger logger, int live, int reset);

    [LoggerMessage(3012, LogLevel.Critical, "cannot run: {Cause}")]
    public static partial void CannotRun(ILogger logger, string cause);

    [LoggerMessage(3013, LogLevel.Critical, "ends because of a defect: {Type}: {Cause}")]
    public static partial void Defect(ILogger logger, string type, string cause);

    [LoggerMessage(3014, LogLevel.Debug, "where the defect is")]
    public static partial void DefectTrace(ILogger logger, Exception exception);

    [LoggerMessage(3015, LogLevel.Warning, "there is nothing to serve yet")]
    public static partial void NothingToServe(ILogger logger);

    [LoggerMessage(3016, LogLevel.Warning, "{Cause}; it no longer says where everything listens")]
    public static partial void ReadyFileOutdated(ILogger logger, string cause);

    [LoggerMessage(3017, LogLevel.Information, "ready: {Services} Service ports are in the kernel ({Backend}) after {Milliseconds} ms")]
    public static partial void ReadyInKernel(ILogger logger, int services, string backend, long milliseconds);

    [LoggerMessage(3018, LogLevel.Information, "stopping")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(3019, LogLevel.Information, "{Reason}: they are left alone")]
    public static partial void RulesLeftAlone(ILogger logger, string reason);

    [LoggerMessage(3020, LogLevel.Information, "{Backend}: rules stay in the kernel")]
    public static partial void RulesKept(ILogger logger, string backend);

    [LoggerMessage(3021, LogLevel.Information, "{Backend}: rules are removed from the kernel")]
    public static partial void RulesRemoved(ILogger logger, string backend);

    [LoggerMessage(3022, LogLevel.Error, "{Backend}: rules could not be removed, \"l4proxy cleanup\" does it: {Cause}")]
    public static partial void RulesNotRemoved(ILogger logger, string backend, string cause);

    [LoggerMessage(3023, LogLevel.Warning, "{Backend}: new clients are still led here while live connections are waited for: {Cause}")]
    public static partial void NotWithdrawn(ILogger logger, string backend, string cause);

    [LoggerMessage(3024, LogLevel.Information, "{Service} takes what is captured of {Address}")]
    public static partial void Captured(ILogger logger, ServicePortKey service, IPEndPoint address);
}
