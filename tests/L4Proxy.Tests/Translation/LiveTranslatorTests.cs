using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

public sealed class LiveTranslatorTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public void Build_NothingChanged_GivesTheSameInstances()
    {
        LiveTranslator translator = Serving("web", "api");
        TranslationResult first = translator.Build();

        translator.SetNode(ClusterObjects.Node("z1"));
        translator.Set(ClusterObjects.Service("web"));
        translator.Set(ClusterObjects.Slice("web", ClusterObjects.Endpoint("10.0.0.1")));
        TranslationResult second = translator.Build();

        Assert.True(first.Table.Services == second.Table.Services);
        Assert.Same(first.Table.Inside, second.Table.Inside);
        Assert.True(first.Problems == second.Problems);
        Assert.True(first.HealthChecks == second.HealthChecks);
    }

    [Fact]
    public void Build_OneSliceChanged_ReplacesOneEntry()
    {
        LiveTranslator translator = Serving("a", "b", "c");
        TranslationResult first = translator.Build();

        translator.Set(ClusterObjects.Slice("b", ClusterObjects.Endpoint("10.0.0.1"), ClusterObjects.Endpoint("10.0.0.2")));
        TranslationResult second = translator.Build();

        Assert.Same(first.Table.Services[0], second.Table.Services[0]);
        Assert.Same(first.Table.Services[2], second.Table.Services[2]);
        Assert.Equal(2, second.Table.Services[1].Endpoints.Length);
        Assert.True(first.Table.Services[1].Frontends == second.Table.Services[1].Frontends);
    }

    [Fact]
    public void Build_SliceChangesItsService_MovesItsEndpoints()
    {
        LiveTranslator translator = Serving("a", "b");
        translator.RemoveSlice("default", "b-1");
        EndpointSlice slice = ClusterObjects.Slice("a", ClusterObjects.Endpoint("10.0.0.1"));
        Assert.Equal("1 0", Counts(translator.Build()));

        translator.Set(ClusterObjects.Slice("b", ClusterObjects.Endpoint("10.0.0.1")) with { Metadata = Named("b", slice.Metadata.Name) });

        Assert.Equal("0 1", Counts(translator.Build()));
    }

    [Fact]
    public void Build_PortConflict_GoesToTheFirstByNameAndBack()
    {
        LiveTranslator translator = Serving();
        translator.Set(ClusterObjects.Service("b", "NodePort"));
        Assert.Equal("b:2", Frontends(translator.Build()));

        translator.Set(ClusterObjects.Service("a", "NodePort"));
        TranslationResult conflict = translator.Build();
        Assert.Equal("a:2 b:1", Frontends(conflict));
        Problem problem = Assert.Single(conflict.Problems);
        Assert.Equal("Service default/b: spec.ports[0].nodePort: not served on [::]:30080: default/a:http has that port already", problem.ToString().Replace("0.0.0.0", "[::]", StringComparison.Ordinal));

        translator.RemoveService("default", "a");
        TranslationResult resolved = translator.Build();
        Assert.Equal("b:2", Frontends(resolved));
        Assert.Empty(resolved.Problems);
    }

    [Fact]
    public void Build_OrdinaryThings_AreNotReported()
    {
        LiveTranslator translator = Serving();
        Service plain = ClusterObjects.Service("plain");
        translator.Set(plain with { Spec = plain.Spec with { ClusterIP = "None" } });
        translator.Set(Named(plain, "external") with { Spec = plain.Spec with { Type = "ExternalName", ClusterIP = null, ExternalName = "db.example" } });
        translator.Set(Named(plain, "new") with { Spec = plain.Spec with { ClusterIP = null } });
        translator.Set(Named(plain, "others") with { Metadata = Named(plain, "others").Metadata with { Labels = Label("service.kubernetes.io/service-proxy-name", "other") } });
        translator.Set(Named(plain, "empty"));
        translator.Set(ClusterObjects.Slice("nobody", ClusterObjects.Endpoint("10.0.0.1")));
        translator.Set(ClusterObjects.Slice("empty") with { AddressType = "FQDN" });

        TranslationResult result = translator.Build();

        Assert.Empty(result.Problems);
        Assert.Equal(["empty"], result.Table.Services.Select(s => s.Key.Name));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "l4proxy", false)]
    [InlineData("edge", "edge", true)]
    [InlineData("edge", null, false)]
    [InlineData("edge", "l4proxy", false)]
    public void Build_ProxyName_IsThatOfTheServices(string? wanted, string? label, bool served)
    {
        LiveTranslator translator = new(ClusterObjects.Options with { ProxyName = wanted }, _host);
        Service service = ClusterObjects.Service("web");
        translator.Set(service with
        {
            Metadata = service.Metadata with { Labels = label is null ? null : Label("service.kubernetes.io/service-proxy-name", label) },
        });

        Assert.Equal(served, translator.Build().Table.Services.Length == 1);
    }

    [Fact]
    public void Build_BindAddressMode_ListensThereAlone()
    {
        LiveTranslator translator = new(ClusterObjects.Options with { Listen = ListenMode.BindAddress }, _host);
        Service service = ClusterObjects.Service("web", "NodePort");
        translator.Set(service with { Spec = service.Spec with { ExternalIPs = ["203.0.113.1"] } });

        FrontendEntry frontend = Assert.Single(Assert.Single(translator.Build().Table.Services).Frontends);

        Assert.Equal(new FrontendEntry(IPEndPoint.Parse("127.0.0.1:80"), FrontendKind.HostPort) { StandsFor = [IPEndPoint.Parse("172.20.0.1:80")] }, frontend);
    }

    [Theory]
    [InlineData("", "IPv4", "0.0.0.0")]
    [InlineData("", "IPv6", "::")]
    [InlineData("", "IPv4 IPv6", "::")]
    [InlineData("all", "IPv4", "0.0.0.0")]
    [InlineData("primary", "IPv4", "192.0.2.7")]
    [InlineData("primary", "IPv4 IPv6", "192.0.2.7 2001:db8::7")]
    [InlineData("203.0.113.0/24", "IPv4", "203.0.113.10 203.0.113.20")]
    [InlineData("203.0.113.0/24 127.0.0.0/8", "IPv4", "203.0.113.10 203.0.113.20 127.0.0.1")]
    [InlineData("203.0.113.0/24 0.0.0.0/0", "IPv4", "0.0.0.0")]
    [InlineData("::/0", "IPv6", "::1 2001:db8:f::10")]
    [InlineData("198.51.100.1 2001:db8::9", "IPv6", "2001:db8::9")]
    public void Build_NodePortAddresses_AreThoseOfTheFamilies(string items, string families, string expected)
    {
        TranslationOptions options = ClusterObjects.Options with
        {
            NodePortAddresses = [.. items.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse)],
        };
        LiveTranslator translator = new(options, _host);
        Service service = ClusterObjects.Service("web", "NodePort");
        string[] ips = [.. families.Split(' ').Select(f => f == "IPv4" ? "172.20.0.1" : "fd00::1")];
        translator.Set(service with { Spec = service.Spec with { ClusterIPs = ips, IPFamilies = families.Split(' ') } });
        translator.SetNode(ClusterObjects.Node("z1", "192.0.2.7", "192.0.2.8", "2001:db8::7"));

        ServiceEntry entry = Assert.Single(translator.Build().Table.Services);

        Assert.Equal(expected, string.Join(' ', entry.Frontends.Where(f => f.Kind == FrontendKind.NodePort).Select(f => f.Address.Address)));
    }

    [Fact]
    public void Build_HostAddressesChanged_FollowsThem()
    {
        TranslationOptions options = ClusterObjects.Options with { NodePortAddresses = [NodePortAddress.Of(IPNetwork.Parse("203.0.113.0/24"))] };
        LiveTranslator translator = new(options, _host);
        translator.Set(ClusterObjects.Service("web", "NodePort"));
        Assert.Equal("web:3", Frontends(translator.Build()));

        _host.Set(IPAddress.Loopback, IPAddress.Parse("203.0.113.77"));
        TranslationResult result = translator.Build();

        Assert.Equal("web:2", Frontends(result));
        Assert.Contains("203.0.113.77/32", result.Table.Inside.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.10/32", result.Table.Inside.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "10.60.1.0/24,127.0.0.0/8,192.0.2.7/32,::1/128,fd00:60::/64")]
    [InlineData("10.60.0.0/16", "10.60.0.0/16,127.0.0.0/8,192.0.2.7/32,::1/128")]
    public void Build_Inside_IsPodsAndThisNode(string? clusterNetwork, string expected)
    {
        _host.Set(IPAddress.Loopback, IPAddress.IPv6Loopback);
        TranslationOptions options = ClusterObjects.Options with { ClusterNetworks = clusterNetwork is null ? [] : [IPNetwork.Parse(clusterNetwork)] };
        LiveTranslator translator = new(options, _host);
        translator.SetNode(ClusterObjects.Node("z1", "192.0.2.7") with { Spec = new NodeSpec { PodCIDRs = ["10.60.1.0/24", "fd00:60::/64", "x"] } });

        Assert.Equal(expected.Split(',').Order(StringComparer.Ordinal), translator.Build().Table.Inside.Networks.Select(n => n.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Build_AddressTwiceWithOtherHints_IsTheSameInAnyOrder()
    {
        SliceEndpoint here = ClusterObjects.Endpoint("10.0.0.1") with { Hints = new EndpointHints { ForZones = [new HintTarget { Name = "z1" }] } };
        SliceEndpoint elsewhere = here with { Hints = new EndpointHints { ForZones = [new HintTarget { Name = "z2" }] } };
        SliceEndpoint other = ClusterObjects.Endpoint("10.0.0.2") with { Hints = elsewhere.Hints };
        SliceEndpoint local = ClusterObjects.Endpoint("10.0.0.3") with { Hints = here.Hints };
        Service service = ClusterObjects.Service("web");

        Assert.Equal(
            ClusterObjects.Build(service, ClusterObjects.Slice("web", here, elsewhere, other, local)).Table.Services[0].Endpoints,
            ClusterObjects.Build(service, ClusterObjects.Slice("web", local, other, elsewhere, here)).Table.Services[0].Endpoints);
    }

    [Fact]
    public void Build_HealthCheckNodePortOfUdpAlone_IsNotServed()
    {
        LiveTranslator translator = new(ClusterObjects.Options, new FakeHost());
        Service service = ClusterObjects.Service("web", "LoadBalancer//local");
        translator.Set(service with
        {
            Spec = service.Spec with { HealthCheckNodePort = 32000, Ports = [new ServicePort { Name = "dns", Port = 53, Protocol = "UDP" }] },
        });
        translator.Set(ClusterObjects.Slice("web", ClusterObjects.Endpoint("10.0.0.1", "n1")));
        Assert.Empty(translator.Build().HealthChecks);
    }

    [Fact]
    public void Build_HealthCheckNodePort_CountsDistinctReadyIPsOfThisNode()
    {
        LiveTranslator translator = Serving();
        Service service = ClusterObjects.Service("web", "LoadBalancer//local");
        translator.Set(service with { Spec = service.Spec with { HealthCheckNodePort = 32000 } });
        EndpointSlice slice = ClusterObjects.Slice(
            "web",
            ClusterObjects.Endpoint("10.0.0.1", "n1"),
            ClusterObjects.Endpoint("10.0.0.2", "n2"),
            ClusterObjects.Endpoint("10.0.0.3", "n1") with { Conditions = new EndpointConditions { Ready = false, Serving = true, Terminating = true } });
        translator.Set(slice);
        translator.Set(slice with { Metadata = Named("web", "web-2"), Ports = [new EndpointPort { Name = "other", Port = 9, Protocol = "UDP" }] });

        Assert.Equal([new HealthCheckNodePort("default", "web", 32000, 1)], translator.Build().HealthChecks);

        translator.RemoveService("default", "web");
        Assert.Empty(translator.Build().HealthChecks);
    }

    [Fact]
    public void Build_NodeGoesAway_IsNotEligible()
    {
        LiveTranslator translator = Serving();
        Assert.True(translator.Build().NodeEligible);

        translator.SetNode(ClusterObjects.Node() with { Spec = new NodeSpec { Taints = [new NodeTaint { Key = "ToBeDeletedByClusterAutoscaler" }] } });
        Assert.False(translator.Build().NodeEligible);

        translator.SetNode(ClusterObjects.Node() with { Metadata = new ObjectMeta { Name = "n1", DeletionTimestamp = "2026-01-01T00:00:00Z" } });
        Assert.False(translator.Build().NodeEligible);

        translator.SetNode(null);
        Assert.True(translator.Build().NodeEligible);
    }

    [Fact]
    public void Build_OtherProtocols_AreOneNote()
    {
        Service service = ClusterObjects.Service("dns");
        TranslationResult result = ClusterObjects.Build(service with
        {
            Spec = service.Spec with
            {
                Ports = [new ServicePort { Name = "a", Port = 53, Protocol = "UDP" }, new ServicePort { Name = "b", Port = 53 }, new ServicePort { Name = "c", Port = 54, Protocol = "SCTP" }],
            },
        });

        Assert.Equal("Service default/dns: spec.ports: not served: ports of protocol SCTP, UDP; only TCP is", Assert.Single(result.Problems).ToString());
        Assert.Single(result.Table.Services);
    }

    [Fact]
    public void Build_AddressOfATerminatingPod_BelongsToTheOneThatRuns()
    {
        EndpointSlice old = ClusterObjects.Slice(
            "web", ClusterObjects.Endpoint("10.0.0.1") with { Conditions = new EndpointConditions { Ready = false, Serving = true, Terminating = true } });
        EndpointSlice now = ClusterObjects.Slice("web", ClusterObjects.Endpoint("10.0.0.1"));

        Assert.All(
            new[] { ("web-0", "web-1"), ("web-1", "web-0") },
            names => Assert.True(Assert.Single(ClusterObjects.Build(
                ClusterObjects.Service("web"),
                old with { Metadata = Named("web", names.Item1) },
                now with { Metadata = Named("web", names.Item2) }).Table.Services[0].Endpoints).Ready));
    }

    [Fact]
    public void Build_EndpointsThatLeadToTheNodeItself_AreNotUsed()
    {
        EndpointSlice slice = ClusterObjects.Slice(
            "web", ClusterObjects.Endpoint("127.0.0.1"), ClusterObjects.Endpoint("10.0.0.1"), ClusterObjects.Endpoint("169.254.169.254"));
        EndpointSlice slice6 = slice with
        {
            Metadata = Named("web", "web-2"),
            AddressType = "IPv6",
            Endpoints = [ClusterObjects.Endpoint("::1"), ClusterObjects.Endpoint("fe80::1")],
        };
        Service service = ClusterObjects.Service("web");
        service = service with { Spec = service.Spec with { IPFamilies = ["IPv4", "IPv6"] } };

        TranslationResult result = ClusterObjects.Build(service, slice, slice6);

        Assert.Equal("10.0.0.1:8080", Assert.Single(result.Table.Services[0].Endpoints).Address.ToString());
        Assert.Equal(
            [
                "EndpointSlice default/web-1: endpoints: 127.0.0.1 and 1 more not used: a loopback or link-local address leads to this node, not to a Pod",
                "EndpointSlice default/web-2: endpoints: ::1 and 1 more not used: a loopback or link-local address leads to this node, not to a Pod",
            ],
            result.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Build_LoopbackEndpointsWanted_AreUsed()
    {
        LiveTranslator translator = new(ClusterObjects.Options with { LoopbackEndpoints = true }, _host);
        translator.Set(ClusterObjects.Service("web"));
        translator.Set(ClusterObjects.Slice("web", ClusterObjects.Endpoint("127.0.0.1")));

        TranslationResult result = translator.Build();

        Assert.Equal("1", Counts(result));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Build_EndpointIsANodePortOfThisHost_IsNotUsedWhileSomebodyListensThere()
    {
        LiveTranslator translator = new(ClusterObjects.Options, _host);
        translator.Set(ClusterObjects.Service("a"));
        translator.Set(Slice("a", "203.0.113.10"));
        Assert.Equal("1", Counts(translator.Build()));

        // Its own node port, and that of another Service, which could lead back to it.
        translator.Set(ClusterObjects.Service("b", "NodePort"));
        translator.Set(Slice("b", "203.0.113.10"));
        TranslationResult result = translator.Build();
        Assert.Equal("0 0", Counts(result));
        Assert.Equal(
            "Service default/a: endpoint 203.0.113.10:30080 not used: L4Proxy itself listens there, connections would loop",
            result.Problems[0].ToString());

        _host.Set(IPAddress.Loopback, IPAddress.Parse("203.0.113.99"));
        Assert.Equal("1 1", Counts(translator.Build()));
        _host.Set(IPAddress.Loopback, IPAddress.Parse("203.0.113.10"));
        Assert.Equal("0 0", Counts(translator.Build()));

        translator.RemoveService("default", "b");
        result = translator.Build();
        Assert.Equal("1", Counts(result));
        Assert.Empty(result.Problems);

        static EndpointSlice Slice(string service, string address) => ClusterObjects.Slice(service, ClusterObjects.Endpoint(address)) with
        {
            Ports = [new EndpointPort { Name = "http", Port = 30080 }],
        };
    }

    [Fact]
    public void Create_ModeOfFiles_IsRefused() => Assert.Throws<ArgumentException>(() => new LiveTranslator(new TranslationOptions(), _host));

    private LiveTranslator Serving(params string[] names)
    {
        LiveTranslator translator = new(ClusterObjects.Options, _host);
        translator.SetNode(ClusterObjects.Node("z1"));
        foreach (string name in names)
        {
            translator.Set(ClusterObjects.Service(name));
            translator.Set(ClusterObjects.Slice(name, ClusterObjects.Endpoint("10.0.0.1")));
        }

        return translator;
    }

    private static NodePortAddress Parse(string text)
    {
        Assert.True(new NodePortAddressFormat().TryParse(text, out NodePortAddress item));
        return item;
    }

    private static string Counts(TranslationResult result) => string.Join(' ', result.Table.Services.Select(s => s.Endpoints.Length));

    private static string Frontends(TranslationResult result) => string.Join(' ', result.Table.Services.Select(s => $"{s.Key.Name}:{s.Frontends.Length}"));

    private static Service Named(Service service, string name) => service with { Metadata = service.Metadata with { Name = name } };

    private static ObjectMeta Named(string service, string slice) => ClusterObjects.Slice(service).Metadata with { Name = slice };

    private static Dictionary<string, string> Label(string key, string value) => new(StringComparer.Ordinal) { [key] = value };
}
