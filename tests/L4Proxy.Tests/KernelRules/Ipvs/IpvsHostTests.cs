using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

public sealed class IpvsHostTests
{
    private static readonly VirtualAddress s_server = new(ServiceProtocol.Tcp, IPEndPoint.Parse("10.96.0.1:80"));

    [Theory]
    [InlineData("No such service\n")]
    [InlineData("No such file or directory\n")]
    public async Task ReadIdle_VirtualServerIsGone_HasNone(string error) => Assert.Empty(await ReadIdleAsync(new ToolResult(255, "", error)));

    [Fact]
    public async Task ReadIdle_ToolFails_SaysSo()
    {
        RulesException e = await Assert.ThrowsAsync<RulesException>(
            () => ReadIdleAsync(new ToolResult(255, "", "Can't initialize ipvs: No such file or directory\nAre you sure?\n")));

        Assert.Equal("ipvsadm -Ln -t 10.96.0.1:80: Can't initialize ipvs: No such file or directory", e.Message);
    }

    [Fact]
    public async Task ReadIdle_Listing_HasThoseWithoutConnections() => Assert.Equal(
        (s_server, IPEndPoint.Parse("10.244.0.7:8080")),
        Assert.Single(await ReadIdleAsync(
            new ToolResult(0, "TCP  10.96.0.1:80 rr\n  -> 10.244.0.7:8080  Masq  0  0  0\n  -> 10.244.0.8:8080  Masq  0  1  0\n", ""))));

    private static Task<HashSet<(VirtualAddress Server, IPEndPoint Real)>> ReadIdleAsync(ToolResult listing) =>
        new IpvsHost(new ScriptedTools((_, _) => listing)).ReadIdleAsync([s_server], TestContext.Current.CancellationToken);
}
