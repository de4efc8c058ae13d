using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Messages of the process as a whole: ids 1000 to 1099.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1000, LogLevel.Information, "l4proxy {Version} starts: {Engine} engine, process {ProcessId}")]
    public static partial void Starting(ILogger logger, string version, string engine, int processId);

    [LoggerMessage(1001, LogLevel.Information, "ready: {Services} Service ports on {Open} open listeners after {Milliseconds} ms")]
    public static partial void Ready(ILogger logger, int services, int open, long milliseconds);

    [LoggerMessage(1002, LogLevel.Information, "{Service} listens on {Address}")]
    public static partial void Listening(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(1003, LogLevel.Information, "{Service} has {Address} but no endpoint: clients are refused until there is one")]
    public static partial void WithoutEndpoint(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(1004, LogLevel.Information, "{Service} no longer listens on {Address}")]
    public static partial void NotListening(ILogger logger, ServicePortKey service, IPEndPoint? address);

    [LoggerMessage(1005, LogLevel.Error, "{Service}: {Error}")]
    public static partial void ListenerFailed(ILogger logger, ServicePortKey service, string error);

    [LoggerMessage(1006, LogLevel.Information, "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(EventId = 1007, Message = "{Problem}")]
    public static partial void Problem(ILogger logger, LogLevel level, Problem problem);

    [LoggerMessage(1008, LogLevel.Information, "solved: {Problem}")]
    public static partial void Solved(ILogger logger, Problem problem);

    [LoggerMessage(1009, LogLevel.Information, "reloading")]
    public static partial void Reloading(ILogger logger);

    [LoggerMessage(1010, LogLevel.Information, "stopping: waiting up to {Seconds} s for {Live} connections; a second signal ends them at once")]
    public static partial void Draining(ILogger logger, double seconds, int live);

    [LoggerMessage(1011, LogLevel.Information, "stopped: waited for {Live} connections, {Reset} of them were reset")]
    public static partial void Stopped(ILogger logger, int live, int reset);

    [LoggerMessage(1012, LogLevel.Critical, "cannot run: {Cause}")]
    public static partial void CannotRun(ILogger logger, string cause);

    [LoggerMessage(1013, LogLevel.Critical, "ends because of a defect: {Type}: {Cause}")]
    public static partial void Defect(ILogger logger, string type, string cause);

    [LoggerMessage(1014, LogLevel.Debug, "where the defect is")]
    public static partial void DefectTrace(ILogger logger, Exception exception);

    [LoggerMessage(1015, LogLevel.Warning, "there is nothing to serve yet")]
    public static partial void NothingToServe(ILogger logger);
}
