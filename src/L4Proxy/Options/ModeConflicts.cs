using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>
/// What of a configuration does not go together with its mode. What could be taken for another behaviour than it gets is an error;
/// a value that merely has no effect is a warning, because nodes of several modes may share a file.
/// </summary>
/// <param name="configuration">Everything together.</param>
/// <param name="origins">Where each value was written; nothing is said of defaults.</param>
internal sealed class ModeConflicts(ProxyConfiguration configuration, IReadOnlyDictionary<ConfigurationKey, ConfigurationOrigin> origins)
{
    private string Mode => ConfigurationSchema.Modes.Format(configuration.Mode);

    private string Capture => ConfigurationSchema.CaptureMethods.Format(configuration.Capture);

    private bool IsKernel => configuration.Mode != ProxyMode.Userspace;

    private bool CapturesByRules => configuration is { Mode: ProxyMode.Userspace, Capture: CaptureMethod.Iptables or CaptureMethod.Nftables };

    public IEnumerable<Problem> Find() => [.. Errors().OfType<Problem>(), .. Warnings().OfType<Problem>()];

    private IEnumerable<Problem?> Errors()
    {
        yield return Error(IsKernel && configuration.Capture != CaptureMethod.None, ConfigurationSchema.Capture,
            $"'{Capture}' needs mode userspace: in mode {Mode} the kernel carries the connections, and there is no proxy to bring them to");
        yield return Error(configuration.Source == SourceAddressKind.Transparent && !CapturesByRules && configuration is { Mode: ProxyMode.Userspace },
            ConfigurationSchema.Source, $"'transparent' needs capture iptables or nftables, whose rules lead the endpoints' answers back to this process; capture is {Capture}");
        yield return Error(configuration.Source == SourceAddressKind.Transparent && IsKernel, ConfigurationSchema.Source,
            $"'transparent' needs mode userspace: in mode {Mode} there is no proxy that dials");
        yield return Error(configuration.Rules.Fallback != RulesFallback.None && configuration.Mode != ProxyMode.Ipvs,
            ConfigurationSchema.Fallback, $"only mode ipvs has a fallback; the mode is {Mode}");
        yield return Error(!configuration.Kubernetes.Services.IsEmpty && (IsKernel || configuration.Capture != CaptureMethod.None),
            ConfigurationSchema.Services, "names Services to be served on bindAddress; it has no place beside another mode than userspace, or beside capture");
    }

    private IEnumerable<Problem?> Warnings()
    {
        bool hasRules = IsKernel || configuration.Capture != CaptureMethod.None;
        foreach (ConfigurationKey key in ConfigurationSchema.Keys)
        {
            bool isIdle = (key.Section, key.Name) switch
            {
                ("ipvs", _) => configuration.Mode != ProxyMode.Ipvs,
                ("rules", "capturePort") => !CapturesByRules,
                ("rules", "masqueradeBit" or "masqueradeAll") => !IsKernel,
                ("rules", "localhostNodePorts") => configuration.Mode != ProxyMode.Iptables && configuration.Rules.Fallback != RulesFallback.Iptables,
                ("rules", "keep" or "syncPeriod") => !hasRules,
                ("", ConfigurationSchema.ServiceCIDRs) => !hasRules,
                ("", ConfigurationSchema.ProxyPortRange or ConfigurationSchema.BindAddress) => hasRules,
                _ => false,
            };
            bool isDefault = key.Format(configuration).AsSpan().SequenceEqual(key.Format(ProxyConfiguration.Default).AsSpan());
            yield return isIdle && !isDefault && origins.TryGetValue(key, out ConfigurationOrigin? origin)
                ? origin.Problem(ProblemSeverity.Warning, key.Path, $"has no effect in mode {Mode} with capture {Capture}")
                : null;
        }
    }

    private Problem? Error(bool broken, string path, string message) => broken
        ? (origins.GetValueOrDefault(ConfigurationSchema.Get(path)) ?? new ConfigurationOrigin()).Error(path, message)
        : null;
}
