using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Conntrack;

public sealed class UdpFlowRulesTests
{
    private static readonly IPAddress s_host = IPAddress.Parse("192.168.77.1");

    private static readonly ServiceRules s_dns = Service("dns", ServiceProtocol.Udp, "10.1.1.31:5353", "10.1.2.31:5353");

    private static readonly ServiceRules s_empty = Service("dns", ServiceProtocol.Udp);

    private static readonly ServiceRules s_tcp = Service("dns", ServiceProtocol.Tcp, "10.1.1.31:5353");

    [Theory]
    [InlineData("10.96.1.11:53", "10.1.1.31:5353", false)]
    [InlineData("10.96.1.11:53", "10.1.1.32:5353", true)]
    [InlineData("10.96.1.11:53", "10.1.1.31:5354", true)]
    [InlineData("10.96.1.11:53", "10.96.1.11:53", true)] // sent before there were rules
    [InlineData("10.96.1.11:54", "10.1.1.32:5353", false)]
    [InlineData("10.96.1.12:53", "10.1.1.32:5353", false)]
    [InlineData("203.0.113.11:53", "10.1.1.32:5353", true)]
    [InlineData("192.168.77.1:30053", "10.1.1.32:5353", true)]
    [InlineData("192.168.77.1:30053", "10.1.2.31:5353", false)]
    [InlineData("192.168.77.1:30053", "192.168.77.1:30053", true)]
    [InlineData("192.168.77.2:30053", "192.168.77.2:30053", false)] // another host's port, forwarded
    public void IsStale_FlowOfUdpService_WhenItsEndpointDoesNotServe(string destination, string replySource, bool expected)
    {
        UdpFlowRules rules = Assert.IsType<UdpFlowRules>(UdpFlowRules.Of(null, Family(s_dns, s_tcp), s_host.Equals));

        Assert.Equal(expected, rules.IsStale(new UdpFlow(IPEndPoint.Parse(destination), IPEndPoint.Parse(replySource))));
    }

    [Fact]
    public void IsStale_ServiceWithoutEndpoints_ForEveryFlow()
    {
        UdpFlowRules rules = Assert.IsType<UdpFlowRules>(UdpFlowRules.Of(Family(s_dns), Family(s_empty), s_host.Equals));

        Assert.True(rules.IsStale(new UdpFlow(IPEndPoint.Parse("10.96.1.11:53"), IPEndPoint.Parse("10.1.1.31:5353"))));
        Assert.True(rules.IsStale(new UdpFlow(IPEndPoint.Parse("192.168.77.1:30053"), IPEndPoint.Parse("10.1.1.31:5353"))));
    }

    [Fact]
    public void IsStale_ServiceIsGone_ForFlowsToTheAddressesThatItHad()
    {
        UdpFlowRules rules = Assert.IsType<UdpFlowRules>(UdpFlowRules.Of(Family(s_dns), Family(), s_host.Equals));

        Assert.True(rules.IsStale(new UdpFlow(IPEndPoint.Parse("10.96.1.11:53"), IPEndPoint.Parse("10.1.1.31:5353"))));
        Assert.False(rules.IsStale(new UdpFlow(IPEndPoint.Parse("10.96.1.12:53"), IPEndPoint.Parse("10.1.1.31:5353"))));
    }

    [Fact]
    public void Of_NoUdpServiceChanged_HasNothingToDo()
    {
        Assert.Null(UdpFlowRules.Of(null, Family(s_tcp), s_host.Equals));
        Assert.Null(UdpFlowRules.Of(Family(s_dns), Family(s_dns, s_tcp), s_host.Equals));
        Assert.Null(UdpFlowRules.Of(Family(s_tcp), Family(), s_host.Equals));
        Assert.NotNull(UdpFlowRules.Of(Family(s_dns), Family(s_dns with { NodePort = 30054 }), s_host.Equals));
    }

    private static FamilyRules Family(params ServiceRules[] services) => new() { Family = AddressFamily.InterNetwork, Services = [.. services] };

    private static ServiceRules Service(string name, ServiceProtocol protocol, params string[] serving) => new()
    {
        Key = new ServicePortKey("shop", name, "", protocol),
        Port = 53,
        ClusterIPs = [IPAddress.Parse("10.96.1.11")],
        ExternalAddresses = [new ExternalAddress(IPAddress.Parse("203.0.113.11"), FrontendKind.LoadBalancer, NetworkSet.Empty)],
        NodePort = 30053,
        ServingEndpoints = [.. serving.Select(IPEndPoint.Parse)],
    };
}
