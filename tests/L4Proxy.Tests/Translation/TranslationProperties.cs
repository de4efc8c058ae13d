using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>What holds for every set of objects, however odd: few names and numbers, so that they meet.</summary>
public sealed class TranslationProperties
{
    private static readonly Gen<string> s_name = Gen.Elements("a", "b", "c");
    private static readonly Gen<string?> s_portName = Gen.Elements<string?>(null, "", "x", "y");
    private static readonly Gen<string?> s_protocol = Gen.Elements<string?>(null, "TCP", "UDP", "SCTP");
    private static readonly Gen<int> s_port = Gen.Elements(0, 80, 81, 8080, 65535, 65536, -1);
    private static readonly Gen<bool?> s_flag = Gen.Elements<bool?>(null, true, false);

    private static readonly Gen<string?> s_address = Gen.Elements<string?>(
        null, "", "None", "127.1.0.1", "127.1.0.2", "10.0.0.1", "10.0.0.2",
        "::1", "fd00::1", "0.0.0.0", "::", "224.0.0.1", "x", "010.0.0.1", "203.0.113.10");

    private static readonly Gen<ObjectMeta> s_meta =
        from space in Gen.Elements("", "default", "prod")
        from name in s_name
        from service in Gen.Elements<string?>(null, "", "a", "b", "c")
        from weight in Gen.Elements<string?>(null, "0", "5", "1001", "x")
        select new ObjectMeta
        {
            Namespace = space,
            Name = name,
            Labels = service is null ? null : Map((EndpointSlice.ServiceNameLabel, service), ("app", service)),
            Annotations = weight is null ? null : Map(("l4proxy.io/weight", weight), ("l4proxy.io/max-connections", weight)),
        };

    private static readonly Gen<ServicePort> s_servicePort =
        from name in s_portName
        from protocol in s_protocol
        from port in s_port
        from target in Gen.Elements<IntOrString?>(null, new(8080, null), new(0, null), new(null, "http"), new(null, ""))
        from nodePort in Gen.Elements<int?>(null, 0, 80, 30080, 70000)
        select new ServicePort { Name = name, Protocol = protocol, Port = port, TargetPort = target, NodePort = nodePort };

    private static readonly Gen<Service> s_service =
        from meta in s_meta
        from type in Gen.Elements<string?>(null, "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "?")
        from ip in s_address
        from ips in Gen.ListOf(s_address)
        from external in Gen.ListOf(s_address)
        from ports in Gen.ListOf(s_servicePort)
        from families in Gen.SubListOf("IPv4", "IPv6")
        from host in Gen.Elements<string?>(null, "", "db.example", "odd.example", "gone.example")
        from affinity in Gen.Elements<int?>(null, 0, 1, 86401)
        select new Service
        {
            Metadata = meta,
            Spec = new ServiceSpec
            {
                Type = type,
                ClusterIP = ip,
                ClusterIPs = [.. ips.OfType<string>()],
                ExternalIPs = [.. external.OfType<string>()],
                IPFamilies = [.. families],
                Ports = [.. ports],
                ExternalName = host,
                Selector = meta.Labels.Count == 0 ? null : Map(("app", "a")),
                SessionAffinity = affinity is null ? null : "ClientIP",
                SessionAffinityConfig = new SessionAffinityConfig { ClientIP = new ClientIPConfig { TimeoutSeconds = affinity } },
                LoadBalancerSourceRanges = ["x"],
            },
            Status = new ServiceStatus
            {
                LoadBalancer = new LoadBalancerStatus { Ingress = [.. external.Select(e => new LoadBalancerIngress { IP = e })] },
            },
        };

    private static readonly Gen<EndpointPort> s_endpointPort =
        from name in s_portName
        from protocol in s_protocol
        from port in s_port
        select new EndpointPort { Name = name, Protocol = protocol, Port = port };

    private static readonly Gen<SliceEndpoint> s_sliceEndpoint =
        from address in s_address
        from ready in s_flag
        from serving in s_flag
        from terminating in s_flag
        select new SliceEndpoint
        {
            Addresses = address is null ? null : [address],
            Conditions = new EndpointConditions { Ready = ready, Serving = serving, Terminating = terminating },
        };

    private static readonly Gen<EndpointSlice> s_slice =
        from meta in s_meta
        from type in Gen.Elements("IPv4", "IPv6", "FQDN", "")
        from ports in Gen.ListOf(s_endpointPort)
        from endpoints in Gen.ListOf(s_sliceEndpoint)
        select new EndpointSlice { Metadata = meta, AddressType = type, Ports = [.. ports], Endpoints = [.. endpoints] };

    private static readonly Gen<Endpoints> s_endpoints =
        from meta in s_meta
        from ports in Gen.ListOf(s_endpointPort)
        from ready in Gen.ListOf(s_address)
        from notReady in Gen.ListOf(s_address)
        select new Endpoints
        {
            Metadata = meta,
            Subsets =
            [
                new EndpointSubset
                {
                    Ports = [.. ports],
                    Addresses = [.. ready.OfType<string>().Select(ip => new EndpointAddress { IP = ip })],
                    NotReadyAddresses = [.. notReady.OfType<string>().Select(ip => new EndpointAddress { IP = ip })],
                },
            ],
        };

    private static readonly Gen<Pod> s_pod =
        from meta in s_meta
        from ip in s_address
        from ips in Gen.ListOf(s_address)
        from phase in Gen.Elements<string?>(null, "Running", "Failed")
        from status in Gen.Elements("True", "False")
        select new Pod
        {
            Metadata = meta,
            Spec = new PodSpec { Containers = [new Container { Ports = [new ContainerPort { Name = "http", Number = 8080 }] }] },
            Status = new PodStatus
            {
                Phase = phase,
                PodIP = ip,
                PodIPs = [.. ips.OfType<string>().Select(p => new PodIP { IP = p })],
                Conditions = [new PodCondition { Type = "Ready", Status = status }],
            },
        };

    private static readonly Arbitrary<KubernetesObjects> s_objects = (
        from services in Gen.ListOf(s_service)
        from slices in Gen.ListOf(s_slice)
        from endpoints in Gen.ListOf(s_endpoints)
        from pods in Gen.ListOf(s_pod)
        select new KubernetesObjects
        {
            Services = [.. services.DistinctBy(ObjectIdOf)],
            EndpointSlices = [.. slices.DistinctBy(ObjectIdOf)],
            Endpoints = [.. endpoints.DistinctBy(ObjectIdOf)],
            Pods = [.. pods.DistinctBy(ObjectIdOf)],
        }).ToArbitrary();

    [Fact]
    public void Translate_AnyObjects_GivesAnOrderlyTable() => Prop.ForAll(s_objects, objects =>
    {
        foreach (IPAddress bind in new[] { IPAddress.Loopback, IPAddress.Any, IPAddress.IPv6Any })
        {
            CheckTable(Translate(objects, bind).Table);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(20));

    [Fact]
    public void Translate_ObjectsInAnotherOrder_GivesTheSameTable() => Prop.ForAll(s_objects, objects =>
    {
        KubernetesObjects reversed = new()
        {
            Services = [.. objects.Services.Reverse()],
            EndpointSlices = [.. objects.EndpointSlices.Reverse()],
            Endpoints = [.. objects.Endpoints.Reverse()],
            Pods = [.. objects.Pods.Reverse()],
        };
        SourceSnapshot first = new(Translate(objects, IPAddress.Loopback).Table, []);
        SourceSnapshot second = new(Translate(reversed, IPAddress.Loopback).Table, []);
        return SnapshotComparer.Instance.Equals(first, second);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(20));

    private static void CheckTable(ServiceTable table)
    {
        Assert.Equal(table.Services.Select(s => s.Key).Distinct().Order(), table.Services.Select(s => s.Key));
        List<IPEndPoint> frontends = [.. table.Services.SelectMany(s => s.Frontends).Select(f => f.Address)];
        Assert.All(frontends, (f, i) => Assert.DoesNotContain(frontends.Index(), o => o.Index != i && PortClaims.Covers(o.Item, f)));
        foreach (ServiceEntry service in table.Services)
        {
            List<IPEndPoint> addresses = [.. service.Endpoints.Select(e => e.Address)];
            Assert.Equal(addresses.Distinct().Order(AddressOrder.Instance), addresses);
            Assert.All(addresses, a => Assert.True(EndpointAddressText.CanBeDialled(a.Address) && a.Port > 0));
            Assert.All(service.Endpoints, e => Assert.InRange(e.Weight, 0, 1000));
            Assert.All(service.Endpoints, e => Assert.True(!e.Usable || e.Ready || (e.Serving && e.Terminating)));
            Assert.Equal(service.Endpoints.Any(e => e.Ready || (e.Serving && e.Terminating)), service.Endpoints.Any(e => e.Usable));
        }
    }

    private static TranslationResult Translate(KubernetesObjects objects, IPAddress bind) =>
        new ServiceTranslator(new TranslationOptions { BindAddress = bind }, new FakeHost(), new FakeNames()).Translate(objects);

    private static Dictionary<string, string> Map(params (string Key, string Value)[] entries) =>
        entries.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);

    private static ObjectId ObjectIdOf(IKubernetesObject value) => ObjectId.Of(value);
}
