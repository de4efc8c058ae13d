using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>Frontends on the Services' own addresses, captured or bound.</summary>
public sealed class ServiceAddressTests
{
    private static readonly TranslationOptions s_kernel = new()
    {
        Listen = ListenMode.Captured,
        NodeName = "n1",
        Protocols = [ServiceProtocol.Tcp, ServiceProtocol.Udp, ServiceProtocol.Sctp],
    };

    private static readonly TranslationOptions s_capture = new() { Listen = ListenMode.Captured, NodeName = "n1", CapturePort = 10261 };

    private static readonly TranslationOptions s_routes = new() { Listen = ListenMode.ServiceAddresses, NodeName = "n1" };

    private readonly FakeHost _host = new();

    [Fact]
    public void Build_Captured_HasEveryAddressOfTheService()
    {
        TranslationResult result = Build(s_capture, Everywhere("web"));

        Assert.Equal(
            [
                "172.20.0.1:80 ClusterIP Cluster/Cluster", "[fd00::1]:80 ClusterIP Cluster/Cluster",
                "203.0.113.1:80 ExternalIP Cluster/Local", "[2001:db8::1]:80 ExternalIP Cluster/Local", "203.0.113.9:80 LoadBalancer Cluster/Local",
                "0.0.0.0:30080 NodePort Cluster/Local", "[::]:30080 NodePort Cluster/Local",
            ],
            Frontends(result));
        Assert.All(result.Table.Services[0].Frontends, f => Assert.True(f.Captured && f.StandsFor.IsEmpty));
        Assert.True(result.Table.Services[0].SameFamily);
        Assert.Equal("0.0.0.0:10261 [::]:10261", string.Join(' ', result.Table.CaptureListeners));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Build_ServiceAddresses_BindsNodePortsOfBothFamiliesOnce()
    {
        TranslationResult result = Build(s_routes, Everywhere("web"));

        Assert.Equal(
            [
                "172.20.0.1:80 ClusterIP Cluster/Cluster", "[fd00::1]:80 ClusterIP Cluster/Cluster",
                "203.0.113.1:80 ExternalIP Cluster/Local", "[2001:db8::1]:80 ExternalIP Cluster/Local", "203.0.113.9:80 LoadBalancer Cluster/Local",
                "[::]:30080 NodePort Cluster/Local",
            ],
            Frontends(result));
        Assert.All(result.Table.Services[0].Frontends, f => Assert.False(f.Captured));
        Assert.Empty(result.Table.CaptureListeners);
    }

    [Fact]
    public void Build_HostWithoutIPv6_HasNoFrontendOfIt()
    {
        _host.Set(IPAddress.Loopback, IPAddress.Parse("192.0.2.7"));

        TranslationResult result = Build(s_capture, Everywhere("web"));

        Assert.DoesNotContain(Frontends(result), f => f.StartsWith('['));
        Assert.Equal("0.0.0.0:10261", string.Join(' ', result.Table.CaptureListeners));
    }

    [Fact]
    public void Build_KernelModes_HaveNoCaptureListener() => Assert.Empty(Build(s_kernel, Everywhere("web")).Table.CaptureListeners);

    [Fact]
    public void Build_ProtocolsOfOnePortNumber_AreEntriesOfTheirOwn()
    {
        Service service = Ports(
            "dns",
            new ServicePort { Name = "dns", Protocol = "UDP", Port = 53, NodePort = 30053 },
            new ServicePort { Name = "dns-tcp", Port = 53, NodePort = 30053 },
            new ServicePort { Name = "sig", Protocol = "SCTP", Port = 53 });
        EndpointSlice slice = ClusterObjects.Slice("dns", ClusterObjects.Endpoint("10.0.0.1")) with
        {
            Ports =
            [
                new EndpointPort { Name = "dns", Protocol = "UDP", Port = 5353 },
                new EndpointPort { Name = "dns-tcp", Protocol = "TCP", Port = 5354 },
                new EndpointPort { Name = "sig", Protocol = "UDP", Port = 5355 },
            ],
        };

        TranslationResult result = Build(s_kernel, service, slice);

        Assert.Equal(
            ["dns Udp 10.0.0.1:5353", "dns-tcp Tcp 10.0.0.1:5354", "sig Sctp "],
            result.Table.Services.Select(s => $"{s.Key.Port} {s.Key.Protocol} {string.Join(' ', s.Endpoints.Select(e => e.Address))}"));
        Assert.Equal([2, 2, 1], result.Table.Services.Select(s => s.Frontends.Length));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Build_OneNameForTwoProtocols_IsAMistake()
    {
        TranslationResult result = Build(
            s_kernel, Ports("dns", new ServicePort { Name = "dns", Protocol = "UDP", Port = 53 }, new ServicePort { Name = "dns", Port = 53 }));

        Assert.Equal(ServiceProtocol.Udp, Assert.Single(result.Table.Services).Key.Protocol);
        Assert.Equal(
            "Service default/dns: spec.ports[1].name: not served: another port of this Service has the same name", Assert.Single(result.Problems).ToString());
    }

    [Theory]
    [InlineData("Tcp", "only TCP is")]
    [InlineData("Tcp Udp", "only TCP and UDP are")]
    public void Build_ProtocolThatIsNotServed_IsOneNote(string protocols, string served)
    {
        TranslationOptions options = s_kernel with { Protocols = [.. protocols.Split(' ').Select(Enum.Parse<ServiceProtocol>)] };

        TranslationResult result = Build(options, Ports("sig", new ServicePort { Name = "sig", Protocol = "SCTP", Port = 7000 }));

        Assert.Equal($"Service default/sig: spec.ports: not served: ports of protocol SCTP; {served}", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void Build_WithoutClusterIP_IsANote()
    {
        Service service = ClusterObjects.Service("web");

        TranslationResult result = Build(s_capture, service with { Spec = service.Spec with { ClusterIP = null } });

        Assert.Empty(result.Table.Services);
        Assert.Equal("Service default/web: spec.clusterIP: not served: missing; its clients would know the Service by it", Assert.Single(result.Problems).ToString());
    }

    [Theory]
    [InlineData(ListenMode.Captured)]
    [InlineData(ListenMode.ServiceAddresses)]
    [InlineData(ListenMode.ProxyPorts)]
    public void Build_ExternalIPOfTwoServices_IsTheFirstOnes(ListenMode mode)
    {
        LiveTranslator translator = new(s_capture with { Listen = mode, CapturePort = 0 }, _host);
        Service second = External("b", "203.0.113.8", "203.0.113.1");
        translator.Set(second);
        Assert.Equal("203.0.113.1:80 203.0.113.8:80", Externals(translator.Build(), "b"));

        translator.Set(External("a", "203.0.113.1"));
        TranslationResult result = translator.Build();

        Assert.Equal("203.0.113.1:80", Externals(result, "a"));
        Assert.Equal("203.0.113.8:80", Externals(result, "b"));
        Assert.Equal(
            "Service default/b: spec.externalIPs[1]: not served on 203.0.113.1:80: default/a:http has that port already", Assert.Single(result.Problems).ToString());

        translator.RemoveService("default", "a");
        result = translator.Build();
        Assert.Equal("203.0.113.1:80 203.0.113.8:80", Externals(result, "b"));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Build_ProxyPortOfAddressesThatAreAllTaken_IsNotThere()
    {
        LiveTranslator translator = new(ClusterObjects.Options, _host);
        translator.Set(External("a", "203.0.113.1"));
        translator.Set(External("b", "203.0.113.1"));

        TranslationResult result = translator.Build();

        Assert.Equal([FrontendKind.ClusterIP], result.Table.Services[1].Frontends.Select(f => f.Kind));
    }

    [Fact]
    public void Build_NodePortNumberOnAServiceAddress_IsAnotherAddress()
    {
        Service port = Ports("b", new ServicePort { Name = "http", Port = 30080 });

        Assert.Empty(Build(s_capture, ClusterObjects.Service("a", "NodePort"), port).Problems);
        Assert.Equal(
            "Service default/b: spec.clusterIP: not served on 172.20.1.2:30080: default/a:http has that port already",
            Assert.Single(Build(s_routes, ClusterObjects.Service("a", "NodePort"), port).Problems).ToString());
    }

    [Fact]
    public void Build_NodePortOfTwoServices_IsTheFirstOnesInEachProtocol()
    {
        Service udp = Ports("c", new ServicePort { Name = "http", Protocol = "UDP", Port = 80, NodePort = 30080 });

        TranslationResult result = Build(s_kernel, ClusterObjects.Service("a", "NodePort"), ClusterObjects.Service("b", "NodePort"), udp);

        Assert.Equal([2, 1, 2], result.Table.Services.Select(s => s.Frontends.Length));
        Assert.Equal(
            "Service default/b: spec.ports[0].nodePort: not served on 0.0.0.0:30080: default/a:http has that port already", Assert.Single(result.Problems).ToString());
    }

    [Theory]
    [InlineData(ListenMode.Captured)]
    [InlineData(ListenMode.ServiceAddresses)]
    public void Build_EndpointIsAnAddressOfAService_IsNotUsedWhileThatIsThere(ListenMode mode)
    {
        LiveTranslator translator = new(s_capture with { Listen = mode }, _host);
        translator.Set(ClusterObjects.Service("a"));
        translator.Set(ClusterObjects.Slice("a", ClusterObjects.Endpoint("172.20.1.2"), ClusterObjects.Endpoint("10.0.0.1")));
        Assert.Equal("172.20.1.2:8080 10.0.0.1:8080".Split(' ').Order(StringComparer.Ordinal), Endpoints(translator.Build()));

        // The very address; on another port nobody listens.
        translator.Set(Ports("b", new ServicePort { Name = "http", Port = 8080 }, new ServicePort { Name = "x", Port = 81 }));
        TranslationResult result = translator.Build();
        Assert.Equal(["10.0.0.1:8080"], Endpoints(result));
        Assert.Equal(
            "Service default/a: endpoint 172.20.1.2:8080 not used: L4Proxy itself listens there, connections would loop", result.Problems[0].ToString());

        translator.Set(Ports("b", new ServicePort { Name = "http", Port = 8081 }));
        Assert.Equal(2, Endpoints(translator.Build()).Length);
    }

    [Fact]
    public void Build_EndpointIsAnAddressOfItsOwnService_IsNotUsed()
    {
        Service service = Ports("a", new ServicePort { Name = "http", Port = 8080 });

        TranslationResult result = Build(s_capture, service, ClusterObjects.Slice("a", ClusterObjects.Endpoint("172.20.1.1")));

        Assert.Empty(Endpoints(result));
    }

    [Theory]
    [InlineData("203.0.113.10", 30080, 0)]
    [InlineData("10.0.0.1", 30080, 1)]
    [InlineData("203.0.113.10", 10261, 0)]
    [InlineData("10.0.0.1", 10261, 1)]
    public void Build_EndpointIsANodePortOrTheCapturePort_IsNotUsedOnThisHost(string address, int port, int used)
    {
        EndpointSlice slice = ClusterObjects.Slice("a", ClusterObjects.Endpoint(address)) with { Ports = [new EndpointPort { Name = "http", Port = port }] };

        Assert.Equal(used, Endpoints(Build(s_capture, ClusterObjects.Service("a", "NodePort"), slice)).Length);
    }

    [Fact]
    public void Build_RulesInTheKernel_MayHaveServiceAddressesForEndpoints()
    {
        Service service = Ports("a", new ServicePort { Name = "http", Port = 8080 });

        TranslationResult result = Build(s_kernel, service, ClusterObjects.Slice("a", ClusterObjects.Endpoint("172.20.1.1")));

        Assert.Single(Endpoints(result));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void Build_OwnNodeName_MarksEndpointsThatAreHere()
    {
        EndpointSlice slice = ClusterObjects.Slice("a", ClusterObjects.Endpoint("10.0.0.1", "n1"), ClusterObjects.Endpoint("10.0.0.2", "n2"), ClusterObjects.Endpoint("10.0.0.3"));

        TranslationResult result = Build(s_capture, ClusterObjects.Service("a"), slice);

        Assert.Equal([true, false, false], result.Table.Services[0].Endpoints.Select(e => e.OnThisNode));
        Assert.DoesNotContain(
            Build(s_capture with { NodeName = null }, ClusterObjects.Service("a"), slice).Table.Services[0].Endpoints, e => e.OnThisNode);
    }

    [Fact]
    public void Build_PrimaryAddressesOfNobody_AreOneProblem()
    {
        TranslationOptions options = s_kernel with { NodePortAddresses = [NodePortAddress.Primary] };
        LiveTranslator translator = new(options, _host);
        translator.Set(ClusterObjects.Service("plain"));
        Assert.Empty(translator.Build().Problems);

        translator.Set(ClusterObjects.Service("a", "NodePort"));
        translator.Set(ClusterObjects.Service("b", "NodePort"));
        Problem problem = Assert.Single(translator.Build().Problems);
        Assert.Equal(
            "Node n1: node ports are not served: nodePortAddresses is primary, and no such address is known; primary is the InternalIP that the Node of this node reports",
            problem.ToString());

        translator.SetNode(ClusterObjects.Node(null, "192.0.2.7"));
        translator.RemoveService("default", "b");
        TranslationResult result = translator.Build();
        Assert.Empty(result.Problems);
        Assert.Contains("192.0.2.7:30080 NodePort Cluster/Cluster", Frontends(result));
    }

    [Fact]
    public void Build_PodNetworks_AreThoseConfiguredOrOfTheNode()
    {
        Node node = ClusterObjects.Node() with { Spec = new NodeSpec { PodCIDRs = ["10.0.1.0/24", "fd00:1::/64"] } };
        LiveTranslator ofNode = new(s_kernel, _host);
        LiveTranslator configured = new(s_kernel with { ClusterNetworks = [IPNetwork.Parse("10.0.0.0/8")] }, _host);
        Assert.True(ofNode.Build().PodNetworks.IsEmpty);
        ofNode.SetNode(node);
        configured.SetNode(node);

        SourceSnapshot snapshot = ofNode.Build().ToSnapshot();

        Assert.Equal("10.0.1.0/24,fd00:1::/64", snapshot.PodNetworks.ToString());
        Assert.Same(snapshot.PodNetworks, ofNode.Build().PodNetworks);
        Assert.Equal("10.0.0.0/8", configured.Build().PodNetworks.ToString());
    }

    private TranslationResult Build(TranslationOptions options, params IKubernetesObject[] objects)
    {
        LiveTranslator translator = new(options, _host);
        foreach (IKubernetesObject item in objects)
        {
            if (item is Service service)
            {
                translator.Set(service);
            }
            else
            {
                translator.Set((EndpointSlice)item);
            }
        }

        return translator.Build();
    }

    private static Service Everywhere(string name)
    {
        Service service = ClusterObjects.Service(name, "LoadBalancer//local");
        return service with
        {
            Spec = service.Spec with
            {
                ClusterIPs = ["172.20.0.1", "fd00::1"],
                IPFamilies = ["IPv4", "IPv6"],
                ExternalIPs = ["203.0.113.1", "2001:db8::1", "172.20.0.1"],
            },
            Status = new ServiceStatus
            {
                LoadBalancer = new LoadBalancerStatus
                {
                    Ingress = [new LoadBalancerIngress { IP = "203.0.113.9" }, new LoadBalancerIngress { IP = "203.0.113.24", IPMode = "Proxy" }],
                },
            },
        };
    }

    private static Service External(string name, params string[] addresses)
    {
        Service service = ClusterObjects.Service(name);
        return service with { Spec = service.Spec with { ExternalIPs = addresses } };
    }

    private static Service Ports(string name, params ServicePort[] ports)
    {
        Service service = ClusterObjects.Service(name, "NodePort");
        return service with { Spec = service.Spec with { Ports = ports } };
    }

    private static string[] Frontends(TranslationResult result) =>
        [.. result.Table.Services.SelectMany(s => s.Frontends).Select(f => $"{f.Address} {f.Kind} {f.FromInside}/{f.FromOutside}")];

    private static string Externals(TranslationResult result, string name) => string.Join(' ', result.Table.Services
        .Where(s => s.Key.Name == name)
        .SelectMany(s => s.Frontends)
        .Where(f => f.Kind == FrontendKind.ExternalIP)
        .SelectMany(f => f.StandsFor.IsEmpty ? [f.Address] : f.StandsFor)
        .Order(AddressOrder.Instance));

    private static string[] Endpoints(TranslationResult result) =>
        [.. result.Table.Services.Where(s => s.Key.Name == "a").SelectMany(s => s.Endpoints).Select(e => e.Address.ToString()).Order(StringComparer.Ordinal)];
}
