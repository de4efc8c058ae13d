using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.KernelRules.Nftables;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>What is handed to the tools between two states, and what they then have.</summary>
public sealed class IpvsCommandsTests
{
    private static readonly IPEndPoint s_first = IPEndPoint.Parse("10.244.0.1:8080");

    [Fact]
    public void Between_AnySequenceOfStates_LeadsToTheLast_AndThenToNothing()
    {
        Prop.ForAll(States().ListOf().ToArbitrary(), states =>
        {
            KernelModel kernel = new();
            IpvsPlanner planner = new(new RulesOptions());
            foreach (RulesState state in states)
            {
                IpvsState target = planner.Plan(state, HostAddresses.None);
                kernel.Run(IpvsCommands.Between(kernel.Read(), target));
                Assert.Equal(new IpvsCommands("", "", "", "", "", ""), IpvsCommands.Between(kernel.Read(), target));
            }

            kernel.Run(IpvsCommands.Between(kernel.Read(), new IpvsState()));
            Assert.Empty(IpvsDiff.Lines(kernel.Read(), ""));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Between_OneEndpointMore_MentionsNothingElse()
    {
        RulesState one = State("10.244.0.1:8080", "10.244.0.2:8080");
        RulesState two = State("10.244.0.1:8080", "10.244.0.2:8080", "10.244.0.3:8080");
        IpvsPlanner planner = new(new RulesOptions());

        var commands = IpvsCommands.Between(planner.Plan(one, HostAddresses.None), planner.Plan(two, HostAddresses.None));

        Assert.Equal(
            new IpvsCommands("add l4p-ipvs-hairpin 10.244.0.3,tcp:8080,10.244.0.3\n", "-a -t 10.96.0.1:80 -r 10.244.0.3:8080 -m -w 1\n", "", "", "", ""), commands);
    }

    [Fact]
    public void Keep_EndpointLeaves_ItStaysWithoutWeightUntilIdle()
    {
        ManualTimeProvider time = new();
        IpvsDrains drains = new(time);
        IpvsPlanner planner = new(new RulesOptions());
        IpvsState before = planner.Plan(State("10.244.0.1:8080", "10.244.0.2:8080"), HostAddresses.None);
        IpvsState after = planner.Plan(State("10.244.0.2:8080"), HostAddresses.None);
        VirtualAddress server = before.Servers.Keys.Single();

        drains.Keep(before, after);
        Assert.Equal("-e -t 10.96.0.1:80 -r 10.244.0.1:8080 -m -w 0\n", IpvsCommands.Between(before, after).ServerRemovals);

        Assert.Equal("", drains.Finish(after, new HashSet<(VirtualAddress, IPEndPoint)>()));
        Assert.Equal("-d -t 10.96.0.1:80 -r 10.244.0.1:8080\n", drains.Finish(after, new HashSet<(VirtualAddress, IPEndPoint)> { (server, s_first) }));
        Assert.Equal(0, drains.Count);
        Assert.DoesNotContain(s_first, after.Servers[server].RealServers.Keys);
    }

    [Fact]
    public void Keep_EndpointThatNeverGetsIdle_GoesAfterADay_AndOneOfUdpAtOnce()
    {
        ManualTimeProvider time = new();
        IpvsDrains drains = new(time);
        IpvsPlanner planner = new(new RulesOptions());
        IpvsState after = planner.Plan(State("10.244.0.2:8080"), HostAddresses.None);
        drains.Keep(planner.Plan(State("10.244.0.1:8080", "10.244.0.2:8080"), HostAddresses.None), after);

        time.Advance(TimeSpan.FromDays(1));

        Assert.NotEqual("", drains.Finish(after, new HashSet<(VirtualAddress, IPEndPoint)>()));

        ServiceRules udp = RulesText.Service("dns", "10.96.0.1", "10.244.0.1:53") with { Key = new ServicePortKey("demo", "dns", "", ServiceProtocol.Udp) };
        IpvsState none = planner.Plan(RulesText.State(RulesText.Family(IPFamily.IPv4, udp with { ClusterEndpoints = [] })), HostAddresses.None);
        drains.Keep(planner.Plan(RulesText.State(RulesText.Family(IPFamily.IPv4, udp)), HostAddresses.None), none);
        Assert.Equal(0, drains.Count);
    }

    [Fact]
    public void Keep_WeightlessServerOfAnEarlierLife_DrainsOn()
    {
        IpvsDrains drains = new(new ManualTimeProvider());
        IpvsState current = new();
        foreach ((VirtualAddress key, VirtualServer server) in IpvsTexts.ParseServers(
            "-A -t 10.96.0.1:80 -s rr\n-a -t 10.96.0.1:80 -r 10.244.0.1:8080 -m -w 0\n-a -t 10.96.0.1:80 -r 10.244.0.2:8080 -m -w 1\n"))
        {
            current.Servers[key] = server;
        }

        IpvsState after = new IpvsPlanner(new RulesOptions()).Plan(State("10.244.0.2:8080"), HostAddresses.None);
        drains.Keep(current, after);

        Assert.Equal(1, drains.Count);
        Assert.Equal("", IpvsCommands.Between(current, after).ServerRemovals);
    }

    [Fact]
    public void ParseIdle_Listing_HasThoseWithoutConnections()
    {
        const string Listing = """
            IP Virtual Server version 1.2.1 (size=4096)
            Prot LocalAddress:Port Scheduler Flags
              -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
            TCP  10.96.0.1:80 rr persistent 10800
              -> 10.244.0.1:8080              Masq    0      0          0
              -> 10.244.0.2:8080              Masq    1      0          3
            UDP  [fd00:10:96::1]:53 mh (mh-port)
              -> [fd00:10:244::1]:5353        Masq    1      0          0
            FWM  1 rr
              -> 10.244.0.9:8080              Masq    1      0          0
            """;

        Assert.Equal(["10.244.0.1:8080", "[fd00:10:244::1]:5353"], IpvsTexts.ParseIdle(Listing).Select(i => i.Real.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Parse_TextsWithoutMeaning_GiveNothingAndThrowNothing() => Prop.ForAll<string>(text =>
    {
        _ = IpvsTexts.ParseServers(text ?? "");
        _ = IpvsTexts.ParseIdle(text ?? "");
        _ = IpvsTexts.ParseSets(text ?? "");
        _ = IpvsTexts.ParseTimeouts(text ?? "");
        _ = IpvsSysctls.ParseAlias(text ?? "");
    }).QuickCheckThrowOnFailure();

    private static RulesState State(params IEnumerable<string> endpoints) =>
        RulesText.State(RulesText.Family(IPFamily.IPv4, RulesText.Service("web", "10.96.0.1", endpoints)));

    private static Gen<RulesState> States() =>
        from services in Services("10.96.0.{0}", "10.244.0.{0}:8080").ListOf()
        from services6 in Services("fd00:10:96::{0}", "[fd00:10:244::{0}]:8080").ListOf()
        select new RulesState(
            RulesText.Family(IPFamily.IPv4, services.DistinctBy(s => s.Key)), RulesText.Family(IPFamily.IPv6, services6.DistinctBy(s => s.Key)));

    private static Gen<ServiceRules> Services(string address, string endpoint) =>
        from number in Gen.Choose(1, 4)
        from endpoints in Gen.Choose(1, 5).ListOf()
        from scheduler in Gen.Elements(Enum.GetValues<IpvsScheduler>())
        from affinity in Gen.Elements(0, 10800)
        from nodePort in Gen.Elements(0, 30080)
        from weight in Gen.Choose(0, 3)
        select RulesText.Service($"s{number}", Text(address, number), endpoints.Distinct().Select(e => Text(endpoint, e))) with
        {
            Options = ServiceOptions.Default with { IpvsScheduler = scheduler },
            AffinitySeconds = affinity,
            NodePort = nodePort == 0 ? 0 : nodePort + number,
            Weights = ImmutableDictionary<IPEndPoint, int>.Empty.Add(IPEndPoint.Parse(Text(endpoint, 1)), weight),
        };

    private static string Text(string format, int number) => format.Replace("{0}", $"{number}", StringComparison.Ordinal);
}
