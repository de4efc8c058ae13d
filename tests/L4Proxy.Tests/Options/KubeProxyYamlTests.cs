using System.Collections;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane;
using L4Proxy.Hosting;
using L4Proxy.Options;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging;
using Xunit;

namespace L4Proxy.Tests.Options;

public sealed class KubeProxyYamlTests
{
    private const string Head = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

    /// <summary>What kubeadm puts into the ConfigMap of kube-proxy, with a few values of its own.</summary>
    private const string Kubeadm = """
        apiVersion: kubeproxy.config.k8s.io/v1alpha1
        bindAddress: 0.0.0.0
        bindAddressHardFail: false
        clientConnection:
          acceptContentTypes: ""
          burst: 0
          contentType: ""
          kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
          qps: 0
        clusterCIDR: 10.244.0.0/16,fd00:10:244::/56
        configSyncPeriod: 0s
        conntrack:
          maxPerCore: null
          min: null
          tcpBeLiberal: false
          tcpCloseWaitTimeout: null
          tcpEstablishedTimeout: null
          udpStreamTimeout: 0s
          udpTimeout: 0s
        detectLocal:
          bridgeInterface: ""
          interfaceNamePrefix: ""
        detectLocalMode: ""
        enableProfiling: false
        featureGates: {}
        healthzBindAddress: ""
        hostnameOverride: node-a
        iptables:
          localhostNodePorts: null
          masqueradeAll: false
          masqueradeBit: null
          minSyncPeriod: 0s
          syncPeriod: 0s
        ipvs:
          excludeCIDRs: null
          minSyncPeriod: 0s
          scheduler: ""
          strictARP: false
          syncPeriod: 0s
          tcpFinTimeout: 0s
          tcpTimeout: 0s
          udpTimeout: 0s
        kind: KubeProxyConfiguration
        logging:
          flushFrequency: 0
          options:
            json:
              infoBufferSize: "0"
            text:
              infoBufferSize: "0"
          verbosity: 0
        metricsBindAddress: 0.0.0.0:10249
        mode: ""
        nftables:
          masqueradeAll: false
          masqueradeBit: null
          minSyncPeriod: 0s
          syncPeriod: 0s
        nodePortAddresses: null
        oomScoreAdj: null
        portRange: ""
        showHiddenMetricsForVersion: ""
        winkernel:
          enableDSR: false
          forwardHealthCheckVip: false
          networkName: ""
          rootHnsEndpointName: ""
          sourceVip: ""
        """;

    [Fact]
    public void Read_WhatKubeadmWrites_IsTakenWithoutNoise()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "config.conf");
        File.WriteAllText(file, Kubeadm);

        ConfigurationResult result = ConfigurationLoader.Load(file, new Hashtable(), []);

        Assert.Empty(result.Problems);
        ProxyConfiguration configuration = result.Configuration;
        Assert.Equal(["/var/lib/kube-proxy/kubeconfig.conf"], configuration.Kubernetes.Kubeconfig);
        Assert.Equal("node-a", configuration.NodeName);
        Assert.Equal([IPNetwork.Parse("10.244.0.0/16"), IPNetwork.Parse("fd00:10:244::/56")], configuration.ClusterCIDRs);
        Assert.Equal(BindSetting.Auto, configuration.HealthzBindAddress);
        Assert.Equal(new BindSetting(false, IPEndPoint.Parse("0.0.0.0:10249")), configuration.MetricsBindAddress);
    }

    [Fact]
    public void Read_FieldsWithAMeaning_BecomeKeys()
    {
        ConfigurationInput input = KubeProxyYaml.Read(
            "c.yaml",
            Head + """
            hostnameOverride: "node-7"
            healthzBindAddress: 127.0.0.1:1234
            metricsBindAddress: "::1"
            nodePortAddresses: [127.0.0.1]
            logging: {format: json, verbosity: 4}
            """);
        ConfigurationResult result = ConfigurationLoader.Combine(input);

        Assert.Empty(result.Problems);
        Assert.Equal("node-7", result.Configuration.NodeName);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:1234"), result.Configuration.HealthzBindAddress.Address);
        Assert.Equal(IPEndPoint.Parse("[::1]:10249"), result.Configuration.MetricsBindAddress.Address);
        Assert.Equal(LogFormat.Json, result.Configuration.Log.Format);
        Assert.Equal(LogLevel.Debug, result.Configuration.Log.Level);
        Assert.Contains(input.Values, v => v.Key.Path == "nodePortAddresses" && v.Values is ["127.0.0.1"]);
    }

    [Fact]
    public void Combine_VariablesAndFlags_GoBeforeTheFile()
    {
        ConfigurationInput file = KubeProxyYaml.Read("c.yaml", Head + "hostnameOverride: from-file\nlogging: {verbosity: 9}");
        ConfigurationInput environment = ConfigurationEnvironment.Read(new Hashtable { ["L4PROXY__NODENAME"] = "from-variable" });
        ConfigurationInput flags = new([new ConfigurationValue(ConfigurationSchema.Get("log.level"), ["error"], ConfigurationOrigin.Flag("--log-level"))], []);

        ConfigurationResult result = ConfigurationLoader.Combine(file, environment, flags);

        Assert.Empty(result.Problems);
        Assert.Equal("from-variable", result.Configuration.NodeName);
        Assert.Equal(LogLevel.Error, result.Configuration.Log.Level);
    }

    [Theory]
    [InlineData("NodeCIDR")]
    [InlineData("BridgeInterface")]
    public void Read_OtherLocalMode_DoesNotTakeTheClusterCidr(string mode)
    {
        ConfigurationInput input = KubeProxyYaml.Read("c.yaml", Head + $"detectLocalMode: {mode}\nclusterCIDR: 10.0.0.0/8");
        Assert.DoesNotContain(input.Values, v => v.Key.Path == "clusterCIDRs");
    }

    [Fact]
    public void Read_FieldsWithoutAMeaning_AreNamedOnce()
    {
        ConfigurationInput input = KubeProxyYaml.Read(
            "c.yaml",
            Head + """
            mode: nftables
            iptables: {masqueradeBit: 0, localhostNodePorts: false, masqueradeAll: true}
            featureGates: {A: false}
            logging: {flushFrequency: 5s, vmodule: [{filePattern: a, verbosity: 2}], options: {json: {infoBufferSize: "1"}, text: {}}}
            ipvs: {scheduler: lc, excludeCIDRs: [10.0.0.0/8], strictARP: true}
            conntrack: {maxPerCore: 1, tcpEstablishedTimeout: 1h30m0.5s}
            clientConnection: {qps: 5.5, burst: 10}
            oomScoreAdj: -999
            """);

        Problem problem = Assert.Single(input.Problems);
        Assert.Equal(
            "c.yaml:4: these fields have no meaning here and are ignored: iptables.masqueradeAll, featureGates, logging.flushFrequency, logging.vmodule, logging.options, ipvs.scheduler, ipvs.excludeCIDRs, ipvs.strictARP, "
            + "conntrack.maxPerCore, conntrack.tcpEstablishedTimeout, clientConnection.qps, clientConnection.burst, oomScoreAdj",
            problem.ToString());
        Assert.Equal(ProblemSeverity.Warning, problem.Severity);
    }

    [Fact]
    public void Read_FieldsOfTheModeIptables_BecomeKeys()
    {
        ProxyConfiguration configuration = Load("""
            mode: iptables
            iptables: {masqueradeBit: 0, masqueradeAll: true, localhostNodePorts: false}
            """);
        Assert.Equal(ProxyMode.Iptables, configuration.Mode);
        Assert.Equal(new KernelOptions { MasqueradeBit = 0, MasqueradeAll = true, LocalhostNodePorts = false }, configuration.Rules);
    }

    [Fact]
    public void Read_FieldsOfTheModeNftables_BecomeKeys()
    {
        ProxyConfiguration configuration = Load("""
            mode: nftables
            nftables: {masqueradeBit: 3, masqueradeAll: true}
            """);
        Assert.Equal(ProxyMode.Nftables, configuration.Mode);
        Assert.Equal(new KernelOptions { MasqueradeBit = 3, MasqueradeAll = true }, configuration.Rules);
    }

    [Fact]
    public void Read_FieldsOfTheModeIpvs_BecomeKeys()
    {
        ProxyConfiguration configuration = Load("""
            mode: ipvs
            iptables: {masqueradeAll: true}
            ipvs: {excludeCIDRs: [10.0.0.0/8], strictARP: true, tcpTimeout: 15m0s, tcpFinTimeout: 2m, udpTimeout: "1h0.5h"}
            """);
        Assert.Equal(ProxyMode.Ipvs, configuration.Mode);
        Assert.True(configuration.Rules.MasqueradeAll);
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8")], configuration.Ipvs.ExcludeCIDRs);
        Assert.True(configuration.Ipvs.StrictArp);
        Assert.Equal(
            (TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(90)),
            (configuration.Ipvs.TcpTimeout, configuration.Ipvs.TcpFinTimeout, configuration.Ipvs.UdpTimeout));
    }

    [Theory]
    [InlineData("mode: winkernel", "c.yaml:3: mode: 'winkernel' is not allowed; allowed is one of userspace, iptables, nftables, ipvs")]
    [InlineData("mode: iptables\niptables: {masqueradeBit: 32}", "c.yaml:4: iptables.masqueradeBit: '32' is not allowed; allowed is an integer from 0 to 31")]
    [InlineData(
        "mode: ipvs\nipvs: {tcpTimeout: -1s}",
        "c.yaml:4: ipvs.tcpTimeout: '-1s' is not allowed; allowed is a duration in whole seconds from 1s to 24d, or 0 (the kernel's own)")]
    public void Read_ValuesOfModesThatAreNotAllowed_AreErrors(string text, string expected)
    {
        ConfigurationInput input = KubeProxyYaml.Read("c.yaml", Head + text);
        Assert.Equal(expected, Assert.Single(input.Problems).ToString());
    }

    [Fact]
    public void Read_UnknownFields_AreWarnings()
    {
        ConfigurationInput input = KubeProxyYaml.Read("c.yaml", Head + "hostnameOveride: a\niptables: {future: {a: [1]}}\n");

        Assert.Equal(
            [
                "c.yaml:3: hostnameOveride: no field of KubeProxyConfiguration v1alpha1; did you mean 'hostnameOverride'?",
                "c.yaml:4: iptables.future: no field of KubeProxyConfiguration v1alpha1",
            ],
            input.Problems.Select(p => p.ToString()));
        Assert.All(input.Problems, p => Assert.Equal(ProblemSeverity.Warning, p.Severity));
    }

    [Theory]
    [InlineData("hostnameOverride: 12", "hostnameOverride: a string is expected here, not '12'")]
    [InlineData("hostnameOverride: [a]", "hostnameOverride: a string is expected here, not a list")]
    [InlineData("bindAddressHardFail: 'true'", "bindAddressHardFail: true or false is expected here, not 'true'")]
    [InlineData("conntrack: {min: x}", "conntrack.min: a whole number is expected here, not 'x'")]
    [InlineData("conntrack: [1]", "conntrack: a mapping of fields to values is expected here, not a list")]
    [InlineData("iptables: {syncPeriod: 30}", "iptables.syncPeriod: a duration such as 30s or 1m30s is expected here, not '30'")]
    [InlineData("nodePortAddresses: primary", "nodePortAddresses: a list is expected here, not 'primary'")]
    [InlineData("clusterCIDR: everywhere", "clusterCIDR: 'everywhere' is not allowed; allowed is a network such as 10.244.0.0/16 or fd00:10:244::/56")]
    [InlineData("detectLocalMode: Guess", "detectLocalMode: 'Guess' is not allowed; allowed is one of ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix")]
    [InlineData("kind: KubeProxyConfiguration", "kind: given twice, first on line 2")]
    public void Read_Mistake_IsOneErrorWithItsPlace(string line, string message)
    {
        ConfigurationInput input = KubeProxyYaml.Read("c.yaml", Head + line);

        Problem problem = Assert.Single(input.Problems);
        Assert.Equal($"c.yaml:3: {message}", problem.ToString());
        Assert.Equal(ProblemSeverity.Error, problem.Severity);
    }

    [Theory]
    [InlineData("mode: 'a", "not valid YAML")]
    [InlineData("mode: a\0", "not valid YAML: a NUL character")]
    [InlineData("---\nkind: KubeProxyConfiguration", "a second document; the configuration is one")]
    public void Read_BrokenText_IsAnErrorWithItsLine(string line, string message)
    {
        Problem problem = Assert.Single(KubeProxyYaml.Read("c.yaml", Head + line).Problems);
        Assert.StartsWith("c.yaml:", problem.ToString(), StringComparison.Ordinal);
        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: KubeProxyConfiguration", "apiVersion: is missing; allowed is kubeproxy.config.k8s.io/v1alpha1")]
    [InlineData("apiVersion: kubeproxy.config.k8s.io/v1\nkind: KubeProxyConfiguration", "apiVersion: 'kubeproxy.config.k8s.io/v1' is not allowed; allowed is kubeproxy.config.k8s.io/v1alpha1")]
    [InlineData("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: Other", "kind: 'Other' is not allowed; allowed is KubeProxyConfiguration")]
    public void Read_OtherVersionOrKind_IsAnError(string text, string message)
    {
        Assert.True(KubeProxyYaml.Recognises(text));
        Assert.EndsWith(message, Assert.Single(KubeProxyYaml.Read("c.yaml", text).Problems).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind": "KubeProxyConfiguration", "apiVersion": "kubeproxy.config.k8s.io/v1alpha1"}""", true)]
    [InlineData("---\nkind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\n", true)]
    [InlineData("# kind: KubeProxyConfiguration\nengine: linux", false)]
    [InlineData("engine: linux", false)]
    [InlineData("", false)]
    public void Recognises_ByVersionOrKind(string text, bool expected)
    {
        Assert.Equal(expected, KubeProxyYaml.Recognises(text));
        if (expected)
        {
            Assert.Empty(KubeProxyYaml.Read("c.yaml", text).Problems);
        }
    }

    [Fact]
    public void Read_AnyDamage_IsAProblemNeverAnException() => Prop.ForAll<NonNegativeInt, NonNegativeInt, char>((from, length, put) =>
    {
        int start = from.Get * 37 % Kubeadm.Length;
        int end = Math.Min(Kubeadm.Length, start + (length.Get % 5));
        _ = KubeProxyYaml.Read("c.yaml", Kubeadm[..start] + put + Kubeadm[end..]);
    }).QuickCheckThrowOnFailure();

    private static ProxyConfiguration Load(string text)
    {
        ConfigurationResult result = ConfigurationLoader.Combine(KubeProxyYaml.Read("c.yaml", Head + text));
        Assert.Empty(result.Problems);
        return result.Configuration;
    }
}
