using L4Proxy.ControlPlane;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Options;

public sealed class ModeConflictsTests
{
    [Theory]
    [InlineData("mode: iptables\ncapture: nftables",
        "c.yaml:2: capture: 'nftables' needs mode userspace: in mode iptables the kernel carries the connections, and there is no proxy to bring them to")]
    [InlineData("source: transparent",
        "c.yaml:1: source: 'transparent' needs capture iptables or nftables, whose rules lead the endpoints' answers back to this process; capture is none")]
    [InlineData("source: transparent\ncapture: local",
        "c.yaml:1: source: 'transparent' needs capture iptables or nftables, whose rules lead the endpoints' answers back to this process; capture is local")]
    [InlineData("source: transparent\nmode: ipvs", "c.yaml:1: source: 'transparent' needs mode userspace: in mode ipvs there is no proxy that dials")]
    [InlineData("mode: nftables\nrules: {fallback: iptables}", "c.yaml:2: rules.fallback: only mode ipvs has a fallback; the mode is nftables")]
    [InlineData("mode: nftables\nkubernetes: {services: [default/web]}",
        "c.yaml:2: kubernetes.services: names Services to be served on bindAddress; it has no place beside another mode than userspace, or beside capture")]
    public void Load_NonsensicalCombination_IsOneError(string text, string expected)
    {
        Problem problem = Assert.Single(Load(text).Problems);
        Assert.Equal((ProblemSeverity.Error, expected), (problem.Severity, problem.ToString()));
    }

    [Theory]
    [InlineData("mode: iptables\nipvs: {strictARP: true}", "c.yaml:2: ipvs.strictARP: has no effect in mode iptables with capture none")]
    [InlineData("rules: {masqueradeAll: true}\ncapture: iptables", "c.yaml:1: rules.masqueradeAll: has no effect in mode userspace with capture iptables")]
    [InlineData("rules: {capturePort: 1}\nmode: nftables", "c.yaml:1: rules.capturePort: has no effect in mode nftables with capture none")]
    [InlineData("rules: {keep: true}", "c.yaml:1: rules.keep: has no effect in mode userspace with capture none")]
    [InlineData("serviceCIDRs: [10.96.0.0/16]", "c.yaml:1: serviceCIDRs: has no effect in mode userspace with capture none")]
    [InlineData("bindAddress: 0.0.0.0\ncapture: local", "c.yaml:1: bindAddress: has no effect in mode userspace with capture local")]
    public void Load_ValueWithoutEffect_IsAWarning(string text, string expected)
    {
        Problem problem = Assert.Single(Load(text).Problems);
        Assert.Equal((ProblemSeverity.Warning, expected), (problem.Severity, problem.ToString()));
    }

    [Theory]
    [InlineData("mode: ipvs\nrules: {fallback: iptables, masqueradeAll: true, keep: false, localhostNodePorts: false}\nipvs: {strictARP: true}")]
    [InlineData("capture: iptables\nsource: transparent\nrules: {capturePort: 1234, keep: true}\nserviceCIDRs: [10.96.0.0/16]")]
    [InlineData("capture: local\nserviceCIDRs: [10.96.0.0/16]\nrules: {syncPeriod: 5m}")]
    [InlineData("mode: userspace\nipvs: {strictARP: false}")]
    public void Load_SensibleCombination_IsTaken(string text) => Assert.Empty(Load(text).Problems);

    private static ConfigurationResult Load(string text) => ConfigurationLoader.Combine(ConfigurationYaml.Read("c.yaml", text));
}
