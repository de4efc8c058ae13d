using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

public sealed class CaptureSetsTests
{
    private static readonly CaptureSets s_sets = new(isIPv6: false);

    [Fact]
    public void Elements_NoEndpointForAnybody_AreRefused() =>
        Assert.Equal(
            ["l4p-refused 172.20.0.5,tcp:80", "l4p-refused 203.0.113.6,tcp:80"],
            s_sets.Elements([SampleRules.Empty]).Order(StringComparer.Ordinal));

    [Fact]
    public void Elements_EndpointsOfOtherNodesAlone_AreCapturedForClientsInside() =>
        Assert.Equal(
            ["l4p-capture 203.0.113.5,tcp:80", "l4p-nodeports 30004", "l4p-refused 172.20.0.4,tcp:80"],
            s_sets.Elements([SampleRules.Elsewhere]).Order(StringComparer.Ordinal));

    [Fact]
    public void Elements_OtherProtocols_AreLeftAlone() => Assert.Empty(s_sets.Elements([SampleRules.Dns, SampleRules.Sctp]));

    [Fact]
    public void Full_NoServices_EmptiesEverySet()
    {
        string text = s_sets.Full([]);

        Assert.DoesNotContain("add ", text, StringComparison.Ordinal);
        Assert.All(s_sets.Names, name => Assert.Contains($"swap {name}-n {name}\n", text, StringComparison.Ordinal));
        Assert.All(s_sets.AllNames, name => Assert.InRange(name.Length, 1, 31));
    }

    [Fact]
    public void Change_FromStateToState_LeadsToItsElements() => Prop.ForAll(
        Arb.From(Gen.ListOf(s_services)),
        states =>
        {
            HashSet<string> there = new(StringComparer.Ordinal);
            FamilyRules before = SampleRules.IPv4();
            foreach (FamilyRules state in states)
            {
                foreach (string line in s_sets.Change(before, state).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    string element = line["add ".Length..^" -exist".Length];
                    Assert.True(line[0] == 'a' ? there.Add(element) : there.Remove(element), line);
                }

                before = state;
                Assert.Equal(s_sets.Elements(state.Services).Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
            }
        }).QuickCheckThrowOnFailure();

    /// <summary>An address moves between Services of different names.</summary>
    private static readonly Gen<FamilyRules> s_services =
        from first in Gen.Elements(SampleRules.Plain, SampleRules.External, SampleRules.Empty, SampleRules.Elsewhere, SampleRules.Dns)
        from address in Gen.Elements("172.20.0.8", "172.20.0.9")
        from name in Gen.Elements("a", "b", "z")
        let second = SampleRules.Service(name, address, ["10.50.1.1:80"])
        select SampleRules.IPv4(first with { ClusterIPs = [IPAddress.Parse("172.20.0.7")] }, second with { Key = second.Key with { Protocol = ServiceProtocol.Tcp } });
}
