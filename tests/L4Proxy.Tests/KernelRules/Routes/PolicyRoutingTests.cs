using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Routes;

/// <summary>The rule and the route for packets of transparent connections, in a namespace of their own.</summary>
public sealed class PolicyRoutingTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private readonly RulesState _both = RouteStates.Of(["10.96.0.10", "fd96::10"]);
    private NetworkNamespace _space = null!;
    private NamespaceTools _tools = null!;

    public async ValueTask InitializeAsync()
    {
        _space = await NetworkNamespace.CreateAsync();
        _tools = new NamespaceTools(_space);
    }

    public ValueTask DisposeAsync() => _space?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Apply_Twice_IsThereOnce_AndCleanUpLeavesOthersRules()
    {
        await _space.RunAsync("ip", "rule", "add", "fwmark", "0x2000/0x2000", "lookup", "10261", "priority", "10261");
        await _space.RunAsync("ip", "rule", "add", "fwmark", "0x1/0x1", "lookup", "100", "priority", "100");
        string before = await SnapshotAsync();
        PolicyRouting routing = New();
        Assert.False(await routing.IsIntactAsync(_both, s_none));

        await routing.ApplyAsync(_both, s_none);
        string applied = await SnapshotAsync();
        await routing.ApplyAsync(_both, s_none);

        Assert.Equal(applied, await SnapshotAsync());
        Assert.True(await routing.IsIntactAsync(_both, s_none));
        Assert.Equal(2, applied.Split("proto 211 \n").Length + applied.Split("proto 211\n").Length - 2);
        Assert.Contains("local default dev lo table 10261 proto 211", applied, StringComparison.Ordinal);
        Assert.True(await routing.CleanUpAsync(s_none));
        Assert.Equal(before, await SnapshotAsync());
        Assert.False(await routing.CleanUpAsync(s_none));
    }

    [Fact]
    public async Task OneFamilyHasServices_TheOtherIsLeftAlone()
    {
        RulesState ipv4 = RouteStates.Of(["10.96.0.10"]);
        await New().ApplyAsync(ipv4, s_none);

        Assert.DoesNotContain("211", await TextAsync("-6", "rule", "show"), StringComparison.Ordinal);
        Assert.Contains("211", await TextAsync("-4", "rule", "show"), StringComparison.Ordinal);
        Assert.Empty(await New().DiffAsync(ipv4, s_none));
        Assert.Equal(2, (await New().DiffAsync(_both, s_none)).Length);
    }

    [Fact]
    public async Task PartIsRemoved_OrOfAnotherMark_IsPutRight()
    {
        PolicyRouting other = New(masqueradeBit: 13);
        await other.ApplyAsync(_both, s_none);
        PolicyRouting routing = New();
        await _space.RunAsync("ip", "route", "flush", "table", "10261");

        Assert.Contains("- ip -4 route replace local default dev lo table 10261 proto 211", await routing.DiffAsync(_both, s_none));
        Assert.Contains(
            "+ ip -4 rule del fwmark 0x1000/0x1000 lookup 10261 priority 10261 protocol 211", await routing.DiffAsync(_both, s_none));
        await routing.ApplyAsync(_both, s_none);

        Assert.Empty(await routing.DiffAsync(_both, s_none));
        Assert.DoesNotContain("0x1000", await SnapshotAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_IsWhatIpIsTold()
    {
        Assert.Equal(
            """
            # ip -4 -batch -
            route replace local default dev lo table 10261 proto 211
            rule add fwmark 0x2000/0x2000 lookup 10261 priority 10261 protocol 211

            """,
            New().Plan(RouteStates.Of(["10.96.0.10"])));
        Assert.NotEqual(New().Mark, New(masqueradeBit: 13).Mark);
    }

    private PolicyRouting New(int masqueradeBit = 14) => new(new RulesOptions { MasqueradeBit = masqueradeBit }, _tools);

    private async Task<string> SnapshotAsync() =>
        await TextAsync("-4", "route", "show", "table", "all") + await TextAsync("-6", "route", "show", "table", "all")
        + await TextAsync("-4", "rule", "show") + await TextAsync("-6", "rule", "show");

    private async Task<string> TextAsync(params string[] arguments) =>
        (await _tools.RunAsync("ip", arguments, null, Deadline.Default, s_none)).Output;
}
