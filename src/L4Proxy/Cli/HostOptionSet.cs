using System.CommandLine;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Cli;

/// <summary>The options of a command that serves, as far as they concern the process and not the table.</summary>
internal sealed class HostOptionSet
{
    private static readonly HostSettings s_defaults = new();

    private readonly Option<EngineKind> _engine = CreateEngineOption();

    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "Write this file when all listeners are open, one line each: name, tab, real address; it is removed at the end",
        HelpName = "PATH",
    };

    private readonly Option<LogFormat> _logFormat = ValueOption.Create(
        "--log-format",
        ConfigurationSchema.LogFormats,
        s_defaults.LogFormat,
        "How log lines are written to standard error");

    private readonly Option<LogLevel> _logLevel = ValueOption.Create(
        "--log-level",
        ConfigurationSchema.LogLevels,
        s_defaults.LogLevel,
        "Log messages from this level on");

    private readonly Option<bool> _accessLog = new("--access-log") { Description = "Log one line when a connection ends" };

    private readonly Option<TimeSpan> _drainTimeout = ValueOption.Create(
        "--drain-timeout",
        new DurationFormat(TimeSpan.FromMilliseconds(1), ValueFormats.MaxTimer, "reset at once"),
        s_defaults.DrainTimeout,
        "How long live connections are waited for when the process is told to stop");

    public static Option<EngineKind> CreateEngineOption() => ValueOption.Create(
        "--engine",
        ConfigurationSchema.Engines,
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
        Engine = result.GetValue(_engine),
        ReadyFile = result.GetValue(_readyFile),
        LogFormat = result.GetValue(_logFormat),
        LogLevel = result.GetValue(_logLevel),
        AccessLog = result.GetValue(_accessLog),
        DrainTimeout = result.GetValue(_drainTimeout),
    };
}
