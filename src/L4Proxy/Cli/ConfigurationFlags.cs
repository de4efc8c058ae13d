using System.Collections.Immutable;
using System.CommandLine;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>The options of a command that stand for keys of the configuration, and <c>--config</c> itself.</summary>
internal sealed class ConfigurationFlags
{
    private readonly Option<string?> _file = new("--config")
    {
        HelpName = "FILE",
        Description = "Configuration file (YAML). Without it, all keys have their defaults.",
    };

    private readonly ImmutableArray<(Option Option, ConfigurationKey Key)> _flags;

    private ConfigurationFlags(Command command, ReadOnlySpan<string> keys)
    {
        command.Options.Add(_file);
        var flags = ImmutableArray.CreateBuilder<(Option, ConfigurationKey)>(keys.Length);
        foreach (string path in keys)
        {
            ConfigurationKey key = ConfigurationSchema.Get(path);
            Option option = Define(key);
            command.Options.Add(option);
            flags.Add((option, key));
        }

        _flags = flags.ToImmutable();
    }

    /// <summary>Gives a command <c>--config</c> and the flags of these keys.</summary>
    public static ConfigurationFlags AddTo(Command command, params ReadOnlySpan<string> keys) => new(command, keys);

    /// <summary>The configuration that the command line, the environment and the file give together.</summary>
    public ConfigurationResult Load(ParseResult parsed) =>
        ConfigurationLoader.Load(parsed.GetValue(_file), Environment.GetEnvironmentVariables(), Values(parsed));

    private ImmutableArray<ConfigurationValue> Values(ParseResult parsed)
    {
        ImmutableArray<ConfigurationValue>.Builder values = ImmutableArray.CreateBuilder<ConfigurationValue>();
        foreach ((Option option, ConfigurationKey key) in _flags)
        {
            if (parsed.GetResult(option) is { Implicit: false } result)
            {
                // A flag that is a switch may stand alone.
                ImmutableArray<string> texts = result.Tokens.Count == 0 ? ["true"] : [.. result.Tokens.SelectMany(t => Split(key, t.Value))];
                values.Add(new ConfigurationValue(key, texts, ConfigurationOrigin.Flag(option.Name)));
            }
        }

        return values.ToImmutable();
    }

    /// <summary>The items of a list may be separated by commas, as kube-proxy's are; a path may contain one.</summary>
    private static string[] Split(ConfigurationKey key, string text) =>
        key is { IsList: true, IsPath: false } ? text.Split(',', StringSplitOptions.TrimEntries) : [text];

    private static Option Define(ConfigurationKey key) => key.Path switch
    {
        ConfigurationSchema.Mode => Text("--mode", "userspace|iptables|nftables|ipvs", Describe(key)),
        ConfigurationSchema.Capture => Text("--capture", "none|local|iptables|nftables", Describe(key)),
        ConfigurationSchema.Source => Text("--source", "proxy|transparent", Describe(key)),
        ConfigurationSchema.ServiceCIDRs => Text("--service-cidr", "CIDR", key.Description, isList: true),
        ConfigurationSchema.KeepRules => Switch("--keep-rules", "auto|true|false", Describe(key)),
        ConfigurationSchema.Fallback => Text("--fallback", "none|iptables", Describe(key)),
        ConfigurationSchema.Kubeconfig => Text("--kubeconfig", "FILE", "Serve the Services of the cluster that this file names. May be given more than once.", isList: true),
        ConfigurationSchema.Context => Text("--context", "NAME", key.Description),
        ConfigurationSchema.Namespace => Text("--namespace", "NAMESPACE", key.Description),
        ConfigurationSchema.Services => Text("--service", "NAMESPACE/NAME", "Serve only this Service, on the bind address and its own port numbers. May be given more than once.", isList: true),
        ConfigurationSchema.ServiceProxyName => Text("--service-proxy-name", "NAME", key.Description),
        ConfigurationSchema.NodeName => Text("--node-name", "NAME", key.Description),
        ConfigurationSchema.ClusterCIDRs => Text("--cluster-cidr", "CIDR", key.Description, isList: true),
        ConfigurationSchema.NodePortAddresses => Text("--nodeport-addresses", "ADDRESS", key.Description, isList: true),
        ConfigurationSchema.ProxyPortRange => Text("--proxy-port-range", "FIRST-LAST", key.Description),
        ConfigurationSchema.HealthzBindAddress => Text("--healthz-bind-address", "ADDRESS:PORT", Describe(key, $" Allowed is {key.Allowed}.")),
        ConfigurationSchema.MetricsBindAddress => Text("--metrics-bind-address", "ADDRESS:PORT", Describe(key, $" Allowed is {key.Allowed}.")),
        ConfigurationSchema.Manifests => Text("--manifests", "PATH", "File or folder with Kubernetes manifests. May be given more than once.", isList: true),
        ConfigurationSchema.BindAddress => Text("--bind", "ADDRESS", Describe(key)),
        ConfigurationSchema.Engine => Text("--engine", "auto|linux|portable", Describe(key)),
        ConfigurationSchema.DrainTimeout => Text("--drain-timeout", "DURATION", Describe(key)),
        ConfigurationSchema.Balance => Text("--balance", "METHOD", Describe(key, $" Allowed is {key.Allowed}.")),
        ConfigurationSchema.LogFormatKey => Text("--log-format", "text|json", Describe(key)),
        ConfigurationSchema.LogLevelKey => Text("--log-level", "LEVEL", Describe(key, $" Allowed is {key.Allowed}.")),
        ConfigurationSchema.LogAccess => new Option<bool>("--access-log") { Description = "Log the end of each connection at level info instead of debug." },
        _ => throw new ArgumentException($"{key.Path} has no flag", nameof(key)),
    };

    private static string Describe(ConfigurationKey key, string more = "") =>
        $"{key.Description}{more} [default: {key.Format(ProxyConfiguration.Default)[0]}]";

    /// <summary>An option that may stand alone, for true.</summary>
    private static Option<string?> Switch(string name, string placeholder, string description) =>
        new(name) { HelpName = placeholder, Description = description, Arity = ArgumentArity.ZeroOrOne };

    /// <summary>An option that takes any text: its key validates it, like the same text from any other source.</summary>
    private static Option Text(string name, string placeholder, string description, bool isList = false)
    {
        Option option = isList ? new Option<string[]>(name) : new Option<string>(name);
        option.HelpName = placeholder;
        option.Description = description;
        return option;
    }
}
