using System.Collections.Immutable;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Engines;
using L4Proxy.Hosting;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Options;

/// <summary>
/// Every key of the configuration. The file, the environment, the flags, their validation and
/// <c>config/l4proxy.yaml</c> are all made from this list.
/// </summary>
internal static class ConfigurationSchema
{
    public const string Manifests = "manifests";
    public const string BindAddress = "bindAddress";
    public const string Engine = "engine";
    public const string DrainTimeout = "drainTimeout";
    public const string Balance = "defaults.balance";
    public const string LogFormatKey = "log.format";
    public const string LogLevelKey = "log.level";
    public const string LogAccess = "log.access";

    /// <summary>The section that holds the Service settings.</summary>
    public const string DefaultsSection = "defaults";

    public static ChoiceFormat<EngineKind> Engines { get; } = new(
        ("auto", EngineKind.Auto), ("linux", EngineKind.Linux), ("portable", EngineKind.Portable));

    public static ChoiceFormat<LogFormat> LogFormats { get; } = new(("text", LogFormat.Text), ("json", LogFormat.Json));

    public static ChoiceFormat<LogLevel> LogLevels { get; } = new(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error), ("critical", LogLevel.Critical), ("none", LogLevel.None));

    /// <summary>Sections in the order of the documentation.</summary>
    public static ImmutableArray<(string Name, string Description)> Sections { get; } =
    [
        ("limits", "Limits of the whole process."),
        ("linux", "The linux engine."),
        ("log", "Log lines, on standard error."),
        (DefaultsSection, "What every Service port has unless an annotation on its Service says otherwise."),
    ];

    /// <summary>All keys, those at the top first, then section by section.</summary>
    public static ImmutableArray<ConfigurationKey> Keys { get; } =
    [
        List("", Manifests, "Files and folders with Kubernetes manifests. In a file: relative to that file's folder.",
            new PathFormat(), c => c.Manifests, (c, v) => c with { Manifests = v }),
        Scalar("", BindAddress, "Where a Service port listens whose cluster IP this host cannot bind.",
            new AddressFormat(), c => c.BindAddress, (c, v) => c with { BindAddress = v }),
        List("", "nodePortAddresses", "Where node ports listen; bindAddress when the list is empty.",
            new AddressFormat(), c => c.NodePortAddresses, (c, v) => c with { NodePortAddresses = v }),
        Scalar("", Engine, "What carries the bytes; auto takes linux where it can run.",
            Engines, c => c.Engine, (c, v) => c with { Engine = v }),
        Scalar("", DrainTimeout, "How long live connections are waited for at SIGTERM before they are reset.",
            new DurationFormat(TimeSpan.FromMilliseconds(1), ValueFormats.MaxTimer, "reset at once"),
            c => c.DrainTimeout, (c, v) => c with { DrainTimeout = v }),
        Scalar("", "backlog", "Clients that may wait to be accepted on one listener; the kernel caps it at net.core.somaxconn.",
            new IntegerFormat(1, 65535), c => c.EngineOptions.Backlog, WithEngine<int>((e, v) => e with { Backlog = v })),
        Scalar("", "bufferSize", "Most bytes held in memory for one direction of a connection.",
            new IntegerFormat(4096, 1024 * 1024), c => c.EngineOptions.BufferSize, WithEngine<int>((e, v) => e with { BufferSize = v })),
        Scalar("limits", "maxConnections", "Connections at once in all.",
            new AutoFormat(10_000_000, "from the limit of open files"),
            c => c.EngineOptions.MaxConnections, WithEngine<int>((e, v) => e with { MaxConnections = v })),
        Scalar("linux", "loops", "Event loops.",
            new AutoFormat(1024, "one for each core"), c => c.EngineOptions.Loops, WithEngine<int>((e, v) => e with { Loops = v })),
        Scalar("linux", "splice", "Whether bulk transfers stay in the kernel by splice(2).",
            ValueFormats.Boolean, c => c.EngineOptions.Splice, WithEngine<bool>((e, v) => e with { Splice = v })),
        Scalar("log", "format", "Readable lines, or one JSON object a line.",
            LogFormats, c => c.Log.Format, (c, v) => c with { Log = c.Log with { Format = v } }),
        Scalar("log", "level", "Least level that is logged.",
            LogLevels, c => c.Log.Level, (c, v) => c with { Log = c.Log with { Level = v } }),
        Scalar("log", "access", "Whether the end of each connection is logged at level info instead of debug.",
            ValueFormats.Boolean, c => c.Log.Access, (c, v) => c with { Log = c.Log with { Access = v } }),
        .. ServiceSettings.All.Select(s => new ServiceSettingKey(s) { Section = DefaultsSection, Name = s.Key, Description = s.Description }),
    ];

    /// <summary>The key of a name in a section (empty for the top); null when there is none.</summary>
    public static ConfigurationKey? Find(string section, string name)
    {
        foreach (ConfigurationKey key in Keys)
        {
            if (string.Equals(key.Name, name, StringComparison.Ordinal) && string.Equals(key.Section, section, StringComparison.Ordinal))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>The key of a path such as <c>log.level</c>, which must be one of the schema.</summary>
    public static ConfigurationKey Get(string path)
    {
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        return (dot < 0 ? Find("", path) : Find(path[..dot], path[(dot + 1)..])) ?? throw new ArgumentException($"no key {path}", nameof(path));
    }

    public static bool IsSection(string name) => Sections.Any(s => string.Equals(s.Name, name, StringComparison.Ordinal));

    private static ScalarKey<T> Scalar<T>(
        string section,
        string name,
        string description,
        ValueFormat<T> format,
        Func<ProxyConfiguration, T> get,
        Func<ProxyConfiguration, T, ProxyConfiguration> set) =>
        new(format, get, set) { Section = section, Name = name, Description = description };

    private static ListKey<T> List<T>(
        string section,
        string name,
        string description,
        ValueFormat<T> format,
        Func<ProxyConfiguration, ImmutableArray<T>> get,
        Func<ProxyConfiguration, ImmutableArray<T>, ProxyConfiguration> set) =>
        new(format, get, set) { Section = section, Name = name, Description = description };

    private static Func<ProxyConfiguration, T, ProxyConfiguration> WithEngine<T>(Func<EngineOptions, T, EngineOptions> set) =>
        (configuration, value) => configuration with { EngineOptions = set(configuration.EngineOptions, value) };
}
