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
internal static partial class ConfigurationSchema
{
    public const string Mode = "mode";
    public const string Capture = "capture";
    public const string Source = "source";
    public const string ServiceCIDRs = "serviceCIDRs";
    public const string KeepRules = "rules.keep";
    public const string Fallback = "rules.fallback";
    public const string Manifests = "manifests";
    public const string BindAddress = "bindAddress";
    public const string NodeName = "nodeName";
    public const string ClusterCIDRs = "clusterCIDRs";
    public const string NodePortAddresses = "nodePortAddresses";
    public const string ProxyPortRange = "proxyPortRange";
    public const string HealthzBindAddress = "healthzBindAddress";
    public const string MetricsBindAddress = "metricsBindAddress";
    public const string Kubeconfig = "kubernetes.kubeconfig";
    public const string Context = "kubernetes.context";
    public const string Namespace = "kubernetes.namespace";
    public const string Services = "kubernetes.services";
    public const string ServiceProxyName = "kubernetes.serviceProxyName";
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

    public static ChoiceFormat<ProxyMode> Modes { get; } = new(
        ("userspace", ProxyMode.Userspace), ("iptables", ProxyMode.Iptables), ("nftables", ProxyMode.Nftables), ("ipvs", ProxyMode.Ipvs));

    public static ChoiceFormat<CaptureMethod> CaptureMethods { get; } = new(
        ("none", CaptureMethod.None), ("local", CaptureMethod.Local), ("iptables", CaptureMethod.Iptables), ("nftables", CaptureMethod.Nftables));

    public static ChoiceFormat<LogFormat> LogFormats { get; } = new(("text", LogFormat.Text), ("json", LogFormat.Json));

    public static ChoiceFormat<LogLevel> LogLevels { get; } = new(
        ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
        ("warning", LogLevel.Warning), ("error", LogLevel.Error), ("critical", LogLevel.Critical), ("none", LogLevel.None));

    /// <summary>Sections in the order of the documentation.</summary>
    public static ImmutableArray<(string Name, string Description)> Sections { get; } =
    [
        ("rules", "Rules in the kernel: of all modes but userspace, and of capture."),
        ("ipvs", "The mode ipvs."),
        ("kubernetes", "The Services of a cluster, which are served where no manifests are given."),
        ("limits", "Limits of the whole process."),
        ("linux", "The linux engine."),
        ("log", "Log lines, on standard error."),
        (DefaultsSection, "What every Service port has unless an annotation on its Service says otherwise."),
    ];

    /// <summary>All keys, those at the top first, then section by section.</summary>
    public static ImmutableArray<ConfigurationKey> Keys { get; } =
    [
        Scalar("", Mode, "Who carries the connections: this process, or the kernel by rules straight to the endpoints.",
            Modes, c => c.Mode, (c, v) => c with { Mode = v, IsModeGiven = true }),
        Scalar("", Capture, "What brings this process the traffic of the Services' own addresses: nothing, routes that make them local, or packet rules.",
            CaptureMethods, c => c.Capture, (c, v) => c with { Capture = v }),
        Scalar("", Source, "Whose address endpoints see: this host's, or the client's, which needs capture by packet rules.",
            new ChoiceFormat<SourceAddressKind>(("proxy", SourceAddressKind.Proxy), ("transparent", SourceAddressKind.Transparent)),
            c => c.Source, (c, v) => c with { Source = v }),
        List("", Manifests, "Files and folders with Kubernetes manifests. In a file: relative to that file's folder.",
            new PathFormat(), c => c.Manifests, (c, v) => c with { Manifests = v }),
        Scalar("", BindAddress, "Where a Service port listens whose cluster IP this host cannot bind.",
            new AddressFormat(), c => c.BindAddress, (c, v) => c with { BindAddress = v }),
        List("", NodePortAddresses, "Where node ports are served. When empty: bindAddress for manifests, all addresses for a cluster; with rules in the kernel primary for nftables, else all.",
            new NodePortAddressFormat(), c => c.NodePortAddresses, (c, v) => c with { NodePortAddresses = v }),
        Scalar("", ProxyPortRange, "Ports of bindAddress for the Services of a cluster; one each, and one more for each further rule about clients.",
            new PortRangeFormat(), c => c.ProxyPortRange, (c, v) => c with { ProxyPortRange = v }),
        Scalar("", NodeName, "Name of this node: endpoints on it are local, its zone counts for topology hints.",
            new ObjectNameFormat("the host's name where a whole cluster is served, else unknown"),
            c => c.NodeName, (c, v) => c with { NodeName = v }),
        List("", ClusterCIDRs, "Networks of the cluster's Pods: their clients count as inside. When empty, those of the own Node.",
            new NetworkFormat(), c => c.ClusterCIDRs, (c, v) => c with { ClusterCIDRs = v }),
        List("", ServiceCIDRs, "Networks that cluster IPs are allocated from. When empty, rules know the addresses of Services only.",
            new ExactNetworkFormat(), c => c.ServiceCIDRs, (c, v) => c with { ServiceCIDRs = v }),
        Scalar("", HealthzBindAddress, "Where /healthz and /livez are answered by HTTP.",
            new BindSettingFormat("0.0.0.0:10256 where a cluster's Services are served, else off"),
            c => c.HealthzBindAddress, (c, v) => c with { HealthzBindAddress = v }),
        Scalar("", MetricsBindAddress, "Where /metrics and /proxyMode are answered by HTTP.",
            new BindSettingFormat("127.0.0.1:10249 where a cluster's Services are served, else off"),
            c => c.MetricsBindAddress, (c, v) => c with { MetricsBindAddress = v }),
        Scalar("", "bindAddressHardFail", "Whether the process ends when one of these two addresses cannot be bound; else it is tried again.",
            ValueFormats.Boolean, c => c.BindAddressHardFail, (c, v) => c with { BindAddressHardFail = v }),
        Scalar("", "endpointMetrics", "Whether /metrics has series for each endpoint too, and not for each Service port only.",
            ValueFormats.Boolean, c => c.EndpointMetrics, (c, v) => c with { EndpointMetrics = v }),
        Scalar("", Engine, "What carries the bytes; auto takes linux where it can run.",
            Engines, c => c.Engine, (c, v) => c with { Engine = v }),
        Scalar("", DrainTimeout, "How long after SIGTERM live connections are waited for before they are reset.",
            new DurationFormat(TimeSpan.FromMilliseconds(1), ValueFormats.MaxTimer, "reset at once"),
            c => c.DrainTimeout, (c, v) => c with { DrainTimeout = v }),
        Scalar("", "backlog", "Clients that may wait to be accepted on one listener; the kernel caps it at net.core.somaxconn.",
            new IntegerFormat(1, 65535), c => c.EngineOptions.Backlog, WithEngine<int>((e, v) => e with { Backlog = v })),
        Scalar("", "bufferSize", "Most bytes held in memory for one direction of a connection.",
            new IntegerFormat(4096, 1024 * 1024), c => c.EngineOptions.BufferSize, WithEngine<int>((e, v) => e with { BufferSize = v })),
        .. RulesKeys(),
        .. IpvsKeys(),
        List("kubernetes", "kubeconfig", "Files with clusters and credentials, merged. When empty: the variable KUBECONFIG, then the Pod's service account.",
            new PathFormat(), c => c.Kubernetes.Kubeconfig, WithKubernetes<ImmutableArray<string>>((k, v) => k with { Kubeconfig = v })),
        Scalar("kubernetes", "context", "Context of the kubeconfig.",
            new TextFormat("the name of a context, or nothing (its current context)"),
            c => c.Kubernetes.Context, WithKubernetes<string>((k, v) => k with { Context = v })),
        Scalar("kubernetes", "namespace", "The one namespace whose Services are served.",
            new ObjectNameFormat("all"), c => c.Kubernetes.Namespace, WithKubernetes<string>((k, v) => k with { Namespace = v })),
        List("kubernetes", "services", "The only Services that are served, on bindAddress and their own port numbers; all Services when the list is empty.",
            new ServiceNameFormat(), c => c.Kubernetes.Services,
            WithKubernetes<ImmutableArray<(string Namespace, string Name)>>((k, v) => k with { Services = v })),
        Scalar("kubernetes", "serviceProxyName", "Value of the label service.kubernetes.io/service-proxy-name of the Services that are served.",
            new LabelValueFormat("Services without the label"),
            c => c.Kubernetes.ServiceProxyName, WithKubernetes<string>((k, v) => k with { ServiceProxyName = v })),
        Scalar("kubernetes", "loopbackEndpoints", "Whether endpoints with a loopback or link-local address are connected to; no API server admits them.",
            ValueFormats.Boolean, c => c.Kubernetes.LoopbackEndpoints, WithKubernetes<bool>((k, v) => k with { LoopbackEndpoints = v })),
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

    private static Func<ProxyConfiguration, T, ProxyConfiguration> WithKubernetes<T>(Func<KubernetesOptions, T, KubernetesOptions> set) =>
        (configuration, value) => configuration with { Kubernetes = set(configuration.Kubernetes, value) };
}
