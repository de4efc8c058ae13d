using L4Proxy.Cli.Rules;
using L4Proxy.Cli.Sources;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using L4Proxy.Hosting;
using L4Proxy.Options;
using Xunit;

namespace L4Proxy.Tests.Cli.Rules;

public sealed class RulesChoiceTests
{
    [Theory]
    [InlineData("mode: nftables", RulesBackendKind.Nftables, true)]
    [InlineData("mode: iptables\nrules: {keep: false}", RulesBackendKind.Iptables, false)]
    [InlineData("mode: ipvs", RulesBackendKind.Ipvs, true)]
    [InlineData("capture: nftables", RulesBackendKind.CaptureNftables, false)]
    [InlineData("capture: iptables\nrules: {keep: true}", RulesBackendKind.CaptureIptables, true)]
    [InlineData("capture: local", RulesBackendKind.LocalRoutes, false)]
    public void Of_ModeWithRules_SaysWhichAndWhetherTheyStay(string text, RulesBackendKind kind, bool keep)
    {
        RulesSettings settings = RulesChoice.Of(Load(text))!;
        Assert.Equal((kind, keep), (settings.Kind!.Value, settings.Keep));
    }

    [Fact]
    public void Of_UserspaceThatNobodyAskedFor_LeavesTheKernelAlone()
    {
        Assert.Null(RulesChoice.Of(Load("backlog: 1")));
        Assert.Null(RulesChoice.Of(Load("mode: userspace"))!.Kind);
    }

    [Fact]
    public void Of_IpvsWithFallback_NamesIt() =>
        Assert.Equal(RulesBackendKind.Iptables, RulesChoice.Of(Load("mode: ipvs\nrules: {fallback: iptables}"))!.Fallback);

    [Theory]
    [InlineData("mode: iptables", ListenMode.Captured, "all", 0, true)]
    [InlineData("mode: ipvs", ListenMode.Captured, "all", 0, true)]
    [InlineData("mode: nftables", ListenMode.Captured, "primary", 0, true)]
    [InlineData("mode: nftables\nnodePortAddresses: [10.0.0.1]", ListenMode.Captured, "10.0.0.1", 0, true)]
    [InlineData("capture: iptables", ListenMode.Captured, "all", 10261, false)]
    [InlineData("capture: nftables", ListenMode.Captured, "primary", 10261, false)]
    [InlineData("capture: local", ListenMode.ServiceAddresses, "all", 0, false)]
    [InlineData("backlog: 1", ListenMode.ProxyPorts, "", 0, false)]
    public void Translations_Mode_SaysWhatTheSourceIsAskedFor(string text, ListenMode listen, string nodePorts, int capturePort, bool allProtocols)
    {
        TranslationOptions options = Translations.Of(Load(text), ListenMode.ProxyPorts);
        Assert.Equal((listen, nodePorts, capturePort), (options.Listen, string.Join(',', options.NodePortAddresses), options.CapturePort));
        Assert.Equal(allProtocols ? [ServiceProtocol.Tcp, ServiceProtocol.Udp, ServiceProtocol.Sctp] : [ServiceProtocol.Tcp], options.Protocols);
    }

    [Theory]
    [InlineData("mode: iptables", true)]
    [InlineData("mode: iptables\nnodePortAddresses: [primary]", false)]
    [InlineData("mode: iptables\nnodePortAddresses: [10.0.0.1, 192.0.2.0/24]", false)]
    [InlineData("mode: iptables\nnodePortAddresses: [10.0.0.1, 127.0.0.0/8]", true)]
    [InlineData("mode: iptables\nnodePortAddresses: [127.0.0.1]", true)]
    [InlineData("mode: iptables\nnodePortAddresses: [127.0.0.2/32]", true)]
    [InlineData("mode: iptables\nnodePortAddresses: [126.0.0.0/7]", true)]
    [InlineData("mode: iptables\nnodePortAddresses: ['::1/128', 128.0.0.0/8]", false)]
    [InlineData("mode: iptables\nnodePortAddresses: [0.0.0.0/0]", true)]
    [InlineData("mode: iptables\nrules: {localhostNodePorts: false}", false)]
    public void OptionsOf_NodePortAddresses_NeedRouteLocalnetOnlyWithALoopbackAddress(string text, bool expected) =>
        Assert.Equal(expected, RulesChoice.OptionsOf(Load(text)).LocalhostNodePorts);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_RunThatAnswersHealthChecksOrNot_TellsTheRules(bool answers) =>
        Assert.Equal(answers, RulesChoice.Of(Load("mode: iptables"), answers)!.Options.AnswersHealthChecks);

    private static ProxyConfiguration Load(string text)
    {
        ConfigurationResult result = ConfigurationLoader.Combine(ConfigurationYaml.Read("c.yaml", text));
        Assert.Empty(result.Problems);
        return result.Configuration;
    }
}
