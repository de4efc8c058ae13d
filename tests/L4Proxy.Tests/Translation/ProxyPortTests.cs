using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>Proxy ports: which addresses share one, and which numbers they have.</summary>
public sealed class ProxyPortTests
{
    private static readonly TranslationOptions s_ranged = ClusterObjects.Options with { ProxyPortRange = new PortRange(40000, 40003) };

    private readonly FakeHost _host = new();

    [Fact]
    public void Build_AddressesOfOneKindAndFamily_ShareAPort()
    {
        Service service = ClusterObjects.Service("web", "LoadBalancer//local");
        service = service with
        {
            Spec = service.Spec with
            {
                ClusterIPs = ["172.20.0.1", "fd00::1"],
                IPFamilies = ["IPv4", "IPv6"],
                ExternalIPs = ["203.0.113.1", "203.0.113.2", "2001:db8::1", "203.0.113.9"],
                LoadBalancerSourceRanges = ["198.51.100.0/24", "2001:db8:1::/48"],
            },
            Status = Ingress("203.0.113.9", "203.0.113.10"),
        };

        ServiceEntry entry = Assert.Single(ClusterObjects.Build(service).Table.Services);

        Assert.Equal(
            [
                "127.0.0.1:0 ClusterIP Cluster/Cluster [] for 172.20.0.1:80",
                "[::1]:0 ClusterIP Cluster/Cluster [] for [fd00::1]:80",
                "127.0.0.1:0 ExternalIP Cluster/Local [] for 203.0.113.1:80 203.0.113.2:80",
                "[::1]:0 ExternalIP Cluster/Local [] for [2001:db8::1]:80",
                // What is an external IP, too, has the source ranges all the same.
                "127.0.0.1:0 LoadBalancer Cluster/Local [198.51.100.0/24] for 203.0.113.9:80 203.0.113.10:80",
                // One socket, since [::] takes IPv4 clients.
                "[::]:30080 NodePort Cluster/Local [] for ",
            ],
            entry.Frontends.Select(Describe));
        Assert.True(entry.SameFamily);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1 ::1")]
    [InlineData("::1", "127.0.0.1 ::1")]
    [InlineData("0.0.0.0", "0.0.0.0 ::")]
    [InlineData("192.0.2.10", "192.0.2.10")]
    public void Build_DualStack_ListensOnTheBindAddressAndItsCounterpart(string bind, string expected)
    {
        Service service = ClusterObjects.Service("web");
        service = service with { Spec = service.Spec with { ClusterIPs = ["172.20.0.1", "fd00::1"], IPFamilies = ["IPv4", "IPv6"] } };
        LiveTranslator translator = new(ClusterObjects.Options with { BindAddress = IPAddress.Parse(bind) }, _host);
        translator.Set(service);

        ServiceEntry entry = Assert.Single(translator.Build().Table.Services);

        Assert.Equal(expected, string.Join(' ', entry.Frontends.Select(f => f.Address.Address)));
    }

    [Theory]
    [InlineData("198.51.100.0/24", "198.51.100.0/24")]
    [InlineData(" 198.51.100.7/24 ", "198.51.100.0/24")] // trimmed; bits of the host do not count
    [InlineData("2001:db8::/32", "")] // of the other family alone: no restriction, as with kube-proxy
    [InlineData("198.51.100.0/24,0.0.0.0/0", "")]
    [InlineData("192.0.2.0/24", "192.0.2.0/24,203.0.113.9/32")] // this node is in it, and its source may be the address itself
    [InlineData("010.7.0.0/16", "10.7.0.0/16")] // as Kubernetes reads it, not octal
    [InlineData("x,198.51.100.0/24", "198.51.100.0/24")]
    public void Build_SourceRanges_HoldOnLoadBalancerAddressesAlone(string ranges, string allowed)
    {
        Service service = ClusterObjects.Service("web", "LoadBalancer");
        service = service with
        {
            Spec = service.Spec with { LoadBalancerSourceRanges = ranges.Split(','), ExternalIPs = ["203.0.113.1"] },
            Status = Ingress("203.0.113.9"),
        };
        LiveTranslator translator = new(ClusterObjects.Options, _host);
        translator.Set(service);
        translator.SetNode(ClusterObjects.Node("z1", "192.0.2.7"));

        TranslationResult result = translator.Build();

        Assert.All(result.Table.Services[0].Frontends, f => Assert.Equal(f.Kind == FrontendKind.LoadBalancer ? allowed : "", f.AllowedSources.ToString()));
        Assert.Equal(ranges.StartsWith('x'), result.Problems.Any(p => p.Key == "spec.loadBalancerSourceRanges[0]"));
    }

    [Fact]
    public void Build_NodeInASourceRange_MayComeFromEachOfTheLoadBalancersAddresses()
    {
        Service service = ClusterObjects.Service("web", "LoadBalancer");
        service = service with
        {
            Spec = service.Spec with { LoadBalancerSourceRanges = ["192.0.2.0/24"] },
            Status = Ingress("203.0.113.9", "203.0.113.10", "2001:db8::9"),
        };
        LiveTranslator translator = new(ClusterObjects.Options with { Listen = ListenMode.Captured }, _host);
        translator.Set(service);
        translator.SetNode(ClusterObjects.Node("z1", "192.0.2.7"));

        FrontendEntry[] balancers = [.. translator.Build().Table.Services[0].Frontends.Where(f => f.Kind == FrontendKind.LoadBalancer)];

        Assert.Equal(2, balancers.Length);
        Assert.All(balancers, f => Assert.Equal("192.0.2.0/24,203.0.113.10/32,203.0.113.9/32", f.AllowedSources.ToString()));
    }

    [Fact]
    public void Build_PortRange_KeepsPortsAndReusesThoseThatAreFree()
    {
        LiveTranslator translator = Ranged("a", "b", "c");
        Dictionary<string, int> first = Ports(translator.Build());
        Assert.Equal(3, first.Values.Distinct().Count());
        Assert.All(first.Values, p => Assert.InRange(p, 40000, 40003));

        translator.RemoveService("default", "b");
        Service changed = ClusterObjects.Service("c");
        translator.Set(changed with { Spec = changed.Spec with { SessionAffinity = "ClientIP" } });
        translator.Set(ClusterObjects.Service("d"));
        translator.Set(ClusterObjects.Service("e"));
        Dictionary<string, int> second = Ports(translator.Build());

        Assert.Equal(first["a"], second["a"]);
        Assert.Equal(first["c"], second["c"]);
        Assert.Equal(4, second.Values.Distinct().Count());
    }

    [Fact]
    public void Build_PortRange_IsTheSameAfterARestart() =>
        Assert.Equal(Ports(Ranged("a", "b", "c").Build()), Ports(Ranged("c", "b", "a").Build()));

    [Fact]
    public void Build_PortOfSomebodyElse_IsNotTaken()
    {
        Dictionary<string, int> ports = Ports(Ranged("a").Build());
        _host.Busy.Add(ports["a"]);
        Assert.NotEqual(ports["a"], Ports(Ranged("a").Build())["a"]);
    }

    [Fact]
    public void Build_NodePortInTheRange_IsLeftToTheService()
    {
        LiveTranslator translator = new(s_ranged with { ProxyPortRange = new PortRange(40000, 40001) }, _host);
        Service first = ClusterObjects.Service("a", "NodePort");
        translator.Set(first with { Spec = first.Spec with { Ports = [new ServicePort { Port = 80, NodePort = 40000 }] } });
        _ = translator.Build();
        translator.Set(ClusterObjects.Service("b"));

        TranslationResult result = translator.Build();

        Assert.DoesNotContain(result.Table.Services[1].Frontends, f => f.Address.Port == 40000);
    }

    [Fact]
    public void Build_RangeExhausted_IsOneProblemUntilAPortIsFree()
    {
        LiveTranslator translator = Ranged("a", "b", "c", "d", "e");
        Service last = ClusterObjects.Service("e");
        translator.Set(last with { Spec = last.Spec with { ExternalIPs = ["203.0.113.1"] } });

        TranslationResult full = translator.Build();

        Problem problem = Assert.Single(full.Problems);
        Assert.Equal("Service default/e: spec.ports[0].port: not served: no port of proxyPortRange is free", problem.ToString());
        Assert.Empty(full.Table.Services[4].Frontends);

        translator.RemoveService("default", "a");
        TranslationResult free = translator.Build();

        Assert.Single(free.Problems);
        Assert.Single(free.Table.Services.Single(s => s.Key.Name == "e").Frontends);

        translator.RemoveService("default", "b");
        TranslationResult enough = translator.Build();

        Assert.Empty(enough.Problems);
        Assert.Equal(2, enough.Table.Services.Single(s => s.Key.Name == "e").Frontends.Length);
    }

    private LiveTranslator Ranged(params string[] names)
    {
        LiveTranslator translator = new(s_ranged, _host);
        foreach (string name in names)
        {
            translator.Set(ClusterObjects.Service(name));
        }

        return translator;
    }

    private static Dictionary<string, int> Ports(TranslationResult result) =>
        result.Table.Services.ToDictionary(s => s.Key.Name, s => Assert.Single(s.Frontends).Address.Port, StringComparer.Ordinal);

    private static ServiceStatus Ingress(params string[] addresses) => new()
    {
        LoadBalancer = new LoadBalancerStatus { Ingress = [.. addresses.Select(a => new LoadBalancerIngress { IP = a })] },
    };

    private static string Describe(FrontendEntry f) =>
        $"{f.Address} {f.Kind} {f.FromInside}/{f.FromOutside} [{f.AllowedSources}] for {string.Join(' ', f.StandsFor)}";
}
