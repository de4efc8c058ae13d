using System.CommandLine;
using L4Proxy.Hosting;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>What the commands that serve have in common.</summary>
internal static class Serving
{
    /// <summary>Keys of the configuration that concern the process and not the table; each has its flag.</summary>
    public static ReadOnlySpan<string> Keys => s_keys;

    private static readonly string[] s_keys =
    [
        ConfigurationSchema.Engine,
        ConfigurationSchema.DrainTimeout,
        ConfigurationSchema.LogFormatKey,
        ConfigurationSchema.LogLevelKey,
        ConfigurationSchema.LogAccess,
    ];

    public static Option<string?> CreateReadyFileOption() => new("--ready-file")
    {
        HelpName = "PATH",
        Description = "File written when all listeners are open: one line each, name, tab, real address. Removed at the end.",
    };

    public static HostSettings Settings(ProxyConfiguration configuration, string? readyFile) => new()
    {
        Engine = configuration.Engine,
        EngineOptions = configuration.EngineOptions with
        {
            BindRoutedAddresses = configuration.Capture == CaptureMethod.Local,
            TransparentSource = configuration.Source == SourceAddressKind.Transparent,
        },
        DrainTimeout = configuration.DrainTimeout,
        LogFormat = configuration.Log.Format,
        LogLevel = configuration.Log.Level,
        AccessLog = configuration.Log.Access,
        ReadyFile = readyFile,
    };
}
