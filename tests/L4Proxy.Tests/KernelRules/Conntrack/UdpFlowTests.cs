using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Conntrack;

/// <summary>Lines of conntrack-tools 1.4.7.</summary>
public sealed class UdpFlowTests
{
    [Theory]
    [InlineData(
        "udp      17 29 src=10.0.0.9 dst=10.96.1.11 sport=4000 dport=53 src=10.1.1.31 dst=10.0.0.9 sport=5353 dport=4000 mark=0 use=1",
        "10.96.1.11:53", "10.1.1.31:5353")]
    [InlineData(
        "udp      17 29 src=10.0.0.9 dst=10.96.1.11 sport=4000 dport=53 [UNREPLIED] src=10.96.1.11 dst=10.0.0.9 sport=53 dport=4000 mark=0 use=1",
        "10.96.1.11:53", "10.96.1.11:53")]
    [InlineData(
        "udp      17 170 src=fd00::9 dst=fd00:96::11 sport=4000 dport=53 src=fd00:1::31 dst=fd00::9 sport=5353 dport=4000 [ASSURED] mark=0 zone=7 use=2",
        "[fd00:96::11]:53", "[fd00:1::31]:5353")]
    public void TryParse_Entry_GivesWhereItLeads(string line, string destination, string replySource)
    {
        Assert.True(UdpFlow.TryParse(line, out UdpFlow flow));
        Assert.Equal(new UdpFlow(IPEndPoint.Parse(destination), IPEndPoint.Parse(replySource)), flow);
        Assert.Equal(destination != replySource, flow.IsTranslated);
    }

    [Theory]
    [InlineData("")]
    [InlineData("conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.")]
    [InlineData("udp      17 29 src=10.0.0.9 dst=10.96.1.11 sport=4000 dport=53")]
    [InlineData("udp      17 29 src=10.0.0.9 dst=10.96.1.11 sport=4000 dport=99999 src=10.1.1.31 dst=10.0.0.9 sport=5353 dport=4000")]
    [InlineData("unknown  2 599 src=10.0.0.9 dst=224.0.0.1 src=224.0.0.1 dst=10.0.0.9 mark=0 use=1")]
    public void TryParse_AnythingElse_GivesNothing(string line) => Assert.False(UdpFlow.TryParse(line, out _));

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Prop.ForAll<string>(text => { _ = UdpFlow.TryParse($"udp 17 src={text} dst=1.2.3.4 dport={text} src=1.2.3.4 sport={text}", out _); })
            .QuickCheckThrowOnFailure();
}
