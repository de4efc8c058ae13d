using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.KernelRules;

public sealed class RulesModelTests
{
    private static readonly IPAddress s_cluster = IPAddress.Parse("172.20.0.1");
    private static readonly IPAddress s_cluster6 = IPAddress.Parse("fd00::1");

    private readonly RulesModel _model = new(new RulesOptions
    {
        ServiceNetworks = [IPNetwork.Parse("172.20.0.0/16"), IPNetwork.Parse("fd00::/112")],
    });

    [Fact]
    public void Of_ServiceOfBothFamilies_IsOneServiceInEachWithItsOwnAddresses()
    {
        NetworkSet sources = NetworkSet.Of([IPNetwork.Parse("192.0.2.0/24")]);
        ServiceEntry entry = Entry(
            "web",
            [
                Frontend(s_cluster, 80, FrontendKind.ClusterIP), Frontend(s_cluster6, 80, FrontendKind.ClusterIP),
                Frontend(IPAddress.Parse("203.0.113.1"), 80, FrontendKind.LoadBalancer) with { AllowedSources = sources },
                Frontend(IPAddress.Parse("203.0.113.2"), 80, FrontendKind.ExternalIP),
                Frontend(IPAddress.Any, 30080, FrontendKind.NodePort), Frontend(IPAddress.IPv6Any, 30080, FrontendKind.NodePort),
            ],
            Endpoint("10.0.0.1"), Endpoint("fd00:1::1"), Endpoint("10.0.0.2") with { Ready = false, Usable = false });

        RulesState state = _model.Of(Snapshot(entry) with { PodNetworks = NetworkSet.Of([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00:1::/64")]) });

        ServiceRules four = Assert.Single(state.IPv4.Services);
        Assert.Equal((80, 30080), (four.Port, four.NodePort));
        Assert.Equal([s_cluster], four.ClusterIPs);
        Assert.Equal(
            [
                new ExternalAddress(IPAddress.Parse("203.0.113.1"), FrontendKind.LoadBalancer, sources),
                new ExternalAddress(IPAddress.Parse("203.0.113.2"), FrontendKind.ExternalIP, NetworkSet.Empty),
            ],
            four.ExternalAddresses);
        Assert.Equal([IPEndPoint.Parse("10.0.0.1:8080")], four.ClusterEndpoints);
        ServiceRules six = Assert.Single(state.IPv6.Services);
        Assert.Equal([s_cluster6], six.ClusterIPs);
        Assert.Empty(six.ExternalAddresses);
        Assert.Equal([IPEndPoint.Parse("[fd00:1::1]:8080")], six.ClusterEndpoints);
        Assert.Equal("10.0.0.0/8 fd00:1::/64", string.Join(' ', state.Families.SelectMany(f => f.PodNetworks)));
        Assert.Equal("172.20.0.0/16 fd00::/112", string.Join(' ', state.Families.SelectMany(f => f.ServiceNetworks)));
        Assert.Equal([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], state.Families.Select(f => f.Family));
    }

    [Fact]
    public void Of_ServiceOfOneFamily_IsNoneInTheOther()
    {
        RulesState state = _model.Of(Snapshot(Entry("six", [Frontend(s_cluster6, 80, FrontendKind.ClusterIP)], Endpoint("fd00:1::1"))));

        Assert.Empty(state.IPv4.Services);
        Assert.Single(state.IPv6.Services);
    }

    /// <summary>Endpoints as four letters: ready somewhere, ready here, serving while it terminates, not ready.</summary>
    [Theory]
    [InlineData("", EndpointScope.Cluster, ServiceFate.Reject)]
    [InlineData("", EndpointScope.Local, ServiceFate.Reject)]
    [InlineData("n", EndpointScope.Cluster, ServiceFate.Reject)]
    [InlineData("n", EndpointScope.Local, ServiceFate.Reject)]
    [InlineData("r", EndpointScope.Cluster, ServiceFate.Serve)]
    [InlineData("r", EndpointScope.Local, ServiceFate.Drop)]
    [InlineData("rh", EndpointScope.Local, ServiceFate.Serve)]
    [InlineData("t", EndpointScope.Cluster, ServiceFate.Serve)]
    [InlineData("t", EndpointScope.Local, ServiceFate.Drop)]
    public void Of_Policy_DecidesBetweenServingDroppingAndRefusing(string endpoints, EndpointScope scope, ServiceFate fate)
    {
        bool anyReady = endpoints.Contains('r', StringComparison.Ordinal) || endpoints.Contains('h', StringComparison.Ordinal);
        EndpointEntry[] entries = [.. endpoints.Select((kind, i) => Endpoint($"10.0.0.{i + 1}") with
        {
            Ready = kind is 'r' or 'h',
            Serving = kind != 'n',
            Terminating = kind == 't',
            Usable = kind is 'r' or 'h' || (kind == 't' && !anyReady),
            UsableLocally = kind == 'h',
        })];
        FrontendEntry cluster = Frontend(s_cluster, 80, FrontendKind.ClusterIP) with { FromInside = scope, FromOutside = scope };
        FrontendEntry nodePort = Frontend(IPAddress.Any, 30080, FrontendKind.NodePort) with { FromOutside = scope };

        ServiceRules rules = Assert.Single(_model.Of(Snapshot(Entry("web", [cluster, nodePort], entries))).IPv4.Services);

        Assert.Equal((scope, scope), (rules.InternalScope, rules.ExternalScope));
        Assert.Equal((fate, fate), (rules.InternalFate, rules.ExternalFate));
        Assert.Equal(fate == ServiceFate.Serve, !rules.InternalEndpoints.IsEmpty);
    }

    [Fact]
    public void Of_Policies_AreThoseOfTheirKindsOfAddress()
    {
        FrontendEntry cluster = Frontend(s_cluster, 80, FrontendKind.ClusterIP);
        FrontendEntry external = Frontend(IPAddress.Parse("203.0.113.2"), 80, FrontendKind.ExternalIP) with { FromOutside = EndpointScope.Local };
        EndpointEntry[] endpoints = [Endpoint("10.0.0.1") with { UsableLocally = true }, Endpoint("10.0.0.2")];

        ServiceRules rules = Assert.Single(_model.Of(Snapshot(Entry("web", [cluster, external], endpoints))).IPv4.Services);

        Assert.Equal("10.0.0.1:8080 10.0.0.2:8080", string.Join(' ', rules.InternalEndpoints));
        Assert.Equal("10.0.0.1:8080", string.Join(' ', rules.ExternalEndpoints));
        Assert.True(rules.IsExternal);
    }

    [Fact]
    public void Of_EndpointOfAnotherFamily_IsNoReasonToDrop()
    {
        FrontendEntry cluster = Frontend(s_cluster, 80, FrontendKind.ClusterIP);

        ServiceRules rules = Assert.Single(_model.Of(Snapshot(Entry("web", [cluster], Endpoint("fd00:1::1")))).IPv4.Services);

        Assert.False(rules.HasAnyEndpoint);
        Assert.Equal(ServiceFate.Reject, rules.InternalFate);
    }

    [Theory]
    [InlineData(AffinityKind.None, 0)]
    [InlineData(AffinityKind.ClientIP, 600)]
    public void Of_Affinity_IsItsTimeoutInSeconds(AffinityKind kind, int seconds)
    {
        ServiceEntry entry = Entry("web", [Frontend(s_cluster, 80, FrontendKind.ClusterIP)]) with
        {
            Options = new ServiceOptions { Affinity = new AffinityOptions { Kind = kind, Timeout = TimeSpan.FromMinutes(10) } },
        };

        Assert.Equal(seconds, Assert.Single(_model.Of(Snapshot(entry)).IPv4.Services).AffinitySeconds);
    }

    [Theory]
    [InlineData("0.0.0.0 ::", true, "", true, "")]
    [InlineData("192.0.2.2 192.0.2.1 fd00::9", false, "192.0.2.1 192.0.2.2", false, "fd00::9")]
    [InlineData("", false, "", false, "")]
    public void Of_NodePorts_AreOnAllAddressesOrOnThese(string addresses, bool isAll, string listed, bool isAll6, string listed6)
    {
        FrontendEntry[] nodePorts = [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(a => Frontend(IPAddress.Parse(a), 30080, FrontendKind.NodePort))];

        RulesState state = _model.Of(Snapshot(
            Entry("a", [Frontend(s_cluster, 80, FrontendKind.ClusterIP)]), Entry("b", nodePorts), Entry("c", nodePorts)));

        Assert.Equal((isAll, listed), (state.IPv4.NodePortsOnAllAddresses, string.Join(' ', state.IPv4.NodePortAddresses)));
        Assert.Equal((isAll6, listed6), (state.IPv6.NodePortsOnAllAddresses, string.Join(' ', state.IPv6.NodePortAddresses)));
    }

    [Fact]
    public void Of_WhatDidNotChange_IsTheSameInstance()
    {
        ServiceEntry[] entries = [.. Enumerable.Range(0, 100).Select(i => Entry($"s{i:D3}", [Frontend(s_cluster, 80 + i, FrontendKind.ClusterIP)], Endpoint("10.0.0.1")))];
        RulesState before = _model.Of(Snapshot(entries));
        RulesState again = _model.Of(Snapshot(entries));
        Assert.Equal([before.IPv4, before.IPv6], again.Families, ReferenceEqualityComparer.Instance);

        entries[50] = entries[50] with { Endpoints = [Endpoint("10.0.0.2")] };
        RulesState after = _model.Of(Snapshot([Entry("a", [Frontend(s_cluster, 8080, FrontendKind.ClusterIP)]), .. entries[..70], .. entries[71..]]));

        Dictionary<ServicePortKey, ServiceRules> old = before.IPv4.Services.ToDictionary(s => s.Key);
        string[] changed = [.. after.IPv4.Services.Where(s => !ReferenceEquals(s, old.GetValueOrDefault(s.Key))).Select(s => s.Key.Name)];
        Assert.Equal(["a", "s050"], changed);
        Assert.Equal(after.IPv4.Services.Select(s => s.Key).Order(), after.IPv4.Services.Select(s => s.Key));
        Assert.DoesNotContain(after.IPv4.Services, s => s.Key.Name == "s070");
        Assert.Same(before.IPv6, after.IPv6);
    }

    [Fact]
    public void Of_PodNetworksAlone_ChangeTheirFamily()
    {
        SourceSnapshot snapshot = Snapshot(Entry("web", [Frontend(s_cluster, 80, FrontendKind.ClusterIP)]));
        RulesState before = _model.Of(snapshot);

        RulesState after = _model.Of(snapshot with { PodNetworks = NetworkSet.Of([IPNetwork.Parse("10.0.0.0/8")]) });

        Assert.NotSame(before.IPv4, after.IPv4);
        Assert.Same(before.IPv4.Services[0], after.IPv4.Services[0]);
        Assert.Same(before.IPv6, after.IPv6);
    }

    [Fact]
    public void Of_HealthChecks_AreThoseOfFamiliesWithServicesAndNewOnlyWithAnotherPort()
    {
        SourceSnapshot snapshot = Snapshot(Entry("web", [Frontend(s_cluster, 80, FrontendKind.ClusterIP)]));
        RulesState none = _model.Of(snapshot);

        RulesState one = _model.Of(snapshot with { HealthChecks = [new HealthCheckNodePort("default", "web", 30090, 1)] });
        RulesState sameWithFewerEndpoints = _model.Of(snapshot with { HealthChecks = [new HealthCheckNodePort("default", "web", 30090, 0)] });

        Assert.Empty(none.IPv4.HealthCheckPorts);
        Assert.Equal([new HealthCheckPort("default/web", 30090)], one.IPv4.HealthCheckPorts);
        Assert.Empty(one.IPv6.HealthCheckPorts);
        Assert.Same(one.IPv4, sameWithFewerEndpoints.IPv4);
    }

    [Fact]
    public void Of_HealthChecksThatNobodyAnswers_AreNone()
    {
        RulesModel model = new(new RulesOptions { AnswersHealthChecks = false });

        RulesState state = model.Of(Snapshot(Entry("web", [Frontend(s_cluster, 80, FrontendKind.ClusterIP)])) with
        {
            HealthChecks = [new HealthCheckNodePort("default", "web", 30090, 1)],
        });

        Assert.Empty(state.IPv4.HealthCheckPorts);
    }

    private static ServiceEntry Entry(string name, FrontendEntry[] frontends, params EndpointEntry[] endpoints) => new()
    {
        Key = new ServicePortKey("default", name, "http", ServiceProtocol.Tcp),
        Frontends = [.. frontends],
        Endpoints = [.. endpoints],
        SameFamily = true,
    };

    private static FrontendEntry Frontend(IPAddress address, int port, FrontendKind kind) => new(new IPEndPoint(address, port), kind) { Captured = true };

    private static EndpointEntry Endpoint(string address) => new() { Address = new IPEndPoint(IPAddress.Parse(address), 8080) };

    private static SourceSnapshot Snapshot(params ServiceEntry[] entries) => new(new ServiceTable([.. entries]), []);
}
