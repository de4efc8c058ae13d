using System.CommandLine;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.Hosting;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Cli;

/// <summary>The options of a command that serves, as far as they concern the process and not the table.</summary>
internal sealed class HostOptionSet
{
    private static readonly HostSettings s_defaults = new();

    private static readonly ChoiceFormat<EngineKind> s_engines = new(
        ("auto", EngineKind.Auto), ("linux", EngineKind.Linux), ("portable", EngineKind.Portable));

    private static readonly ChoiceFormat<LogFormat> s_logFormats = new(("text", LogFormat.Text), ("json", LogFormat.Json));

    private static readonly ChoiceFormat<LogLevel> s_logLevels = new(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error), ("critical", LogLevel.Critical), ("none", LogLevel.None));

    private readonly ValueOption<EngineKind> _engine = CreateEngineOption();

    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "Write this file when all listeners are open, one line each: name, tab, real address; it is removed at the end",
        HelpName = "PATH",
    };

    private readonly ValueOption<LogFormat> _logFormat = new(
        "--log-format",
        s_logFormats,
        s_defaults.LogFormat,
        "How log lines are written to standard error");

    private readonly ValueOption<LogLevel> _logLevel = new(
        "--log-level",
        s_logLevels,
        s_defaults.LogLevel,
        "Log messages from this level on");

    private readonly Option<bool> _accessLog = new("--access-log") { Description = "Log one line when a connection ends" };

    private readonly ValueOption<TimeSpan> _drainTimeout = new(
        "--drain-timeout",
        new DurationFormat(TimeSpan.FromMilliseconds(1), ValueFormats.MaxTimer, "reset at once"),
        s_defaults.DrainTimeout,
        "How long live connections are waited for when the process is told to stop");

    public static ValueOption<EngineKind> CreateEngineOption() => new(
        "--engine",
        s_engines,
        s_defaults.Engine,
        "What carries the bytes");

    public void AddTo(Command command)
    {
        command.Options.Add(_engine);
        command.Options.Add(_readyFile);
        command.Options.Add(_logFormat);
        command.Options.Add(_logLevel);
        command.Options.Add(_accessLog);
        command.Options.Add(_drainTimeout);
    }

    public HostSettings Read(ParseResult result) => new()
    {
        Engine = _engine.Read(result),
        ReadyFile = result.GetValue(_readyFile),
        LogFormat = _logFormat.Read(result),
        LogLevel = _logLevel.Read(result),
        AccessLog = result.GetValue(_accessLog),
        DrainTimeout = _drainTimeout.Read(result),
    };
}
