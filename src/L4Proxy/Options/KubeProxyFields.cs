using System.Collections.Frozen;

namespace L4Proxy.Options;

/// <summary>All fields of KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1, as of Kubernetes 1.36 and 1.37 (staging/src/k8s.io/kube-proxy).</summary>
internal static class KubeProxyFields
{
    public const string ApiGroup = "kubeproxy.config.k8s.io/";
    public const string ApiVersion = ApiGroup + "v1alpha1";
    public const string Kind = "KubeProxyConfiguration";
    public const string FeatureGates = "featureGates";

    /// <summary>Fields by path.</summary>
    public static FrozenDictionary<string, KubeProxyFieldType> All { get; } = Fields().ToFrozenDictionary(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, KubeProxyFieldType>> Fields() =>
    [
        .. Of(KubeProxyFieldType.Text, "", "apiVersion", "kind", "hostnameOverride", "bindAddress", "healthzBindAddress", "metricsBindAddress",
            "showHiddenMetricsForVersion", "mode", "detectLocalMode", "clusterCIDR", "portRange"),
        .. Of(KubeProxyFieldType.Boolean, "", "bindAddressHardFail", "enableProfiling", "windowsRunAsService"),
        .. Of(KubeProxyFieldType.Integer, "", "oomScoreAdj"),
        .. Of(KubeProxyFieldType.Duration, "", "configSyncPeriod"),
        .. Of(KubeProxyFieldType.TextList, "", "nodePortAddresses"),
        .. Of(KubeProxyFieldType.Anything, "", FeatureGates),
        .. Of(KubeProxyFieldType.Section, "", "clientConnection", "logging", "iptables", "ipvs", "nftables", "winkernel", "detectLocal", "conntrack"),
        .. Of(KubeProxyFieldType.Text, "clientConnection.", "kubeconfig", "acceptContentTypes", "contentType"),
        .. Of(KubeProxyFieldType.Number, "clientConnection.", "qps"),
        .. Of(KubeProxyFieldType.Integer, "clientConnection.", "burst"),
        .. Of(KubeProxyFieldType.Text, "logging.", "format"),
        .. Of(KubeProxyFieldType.Integer, "logging.", "verbosity"),
        .. Of(KubeProxyFieldType.Anything, "logging.", "flushFrequency", "vmodule", "options"),
        .. Of(KubeProxyFieldType.Integer, "iptables.", "masqueradeBit"),
        .. Of(KubeProxyFieldType.Boolean, "iptables.", "masqueradeAll", "localhostNodePorts", "snatNodeInternalIP"),
        .. Of(KubeProxyFieldType.Duration, "iptables.", "syncPeriod", "minSyncPeriod"),
        .. Of(KubeProxyFieldType.Duration, "ipvs.", "syncPeriod", "minSyncPeriod", "tcpTimeout", "tcpFinTimeout", "udpTimeout"),
        .. Of(KubeProxyFieldType.Text, "ipvs.", "scheduler"),
        .. Of(KubeProxyFieldType.TextList, "ipvs.", "excludeCIDRs"),
        .. Of(KubeProxyFieldType.Boolean, "ipvs.", "strictARP"),
        .. Of(KubeProxyFieldType.Integer, "nftables.", "masqueradeBit"),
        .. Of(KubeProxyFieldType.Boolean, "nftables.", "masqueradeAll"),
        .. Of(KubeProxyFieldType.Duration, "nftables.", "syncPeriod", "minSyncPeriod"),
        .. Of(KubeProxyFieldType.Text, "winkernel.", "networkName", "sourceVip", "rootHnsEndpointName"),
        .. Of(KubeProxyFieldType.Boolean, "winkernel.", "enableDSR", "forwardHealthCheckVip"),
        .. Of(KubeProxyFieldType.Text, "detectLocal.", "bridgeInterface", "interfaceNamePrefix"),
        .. Of(KubeProxyFieldType.Integer, "conntrack.", "maxPerCore", "min"),
        .. Of(KubeProxyFieldType.Boolean, "conntrack.", "tcpBeLiberal"),
        .. Of(KubeProxyFieldType.Duration, "conntrack.", "tcpEstablishedTimeout", "tcpCloseWaitTimeout", "udpTimeout", "udpStreamTimeout"),
    ];

    private static IEnumerable<KeyValuePair<string, KubeProxyFieldType>> Of(KubeProxyFieldType type, string section, params string[] names) =>
        names.Select(n => KeyValuePair.Create(section + n, type));
}
