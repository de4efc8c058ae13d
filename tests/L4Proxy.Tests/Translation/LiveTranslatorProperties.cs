using System.Collections.Immutable;
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

/// <summary>
/// Whatever happened to the objects of a cluster, the table is that of a translator that only ever saw them as they are
/// now. Few names, numbers and addresses, so that they meet.
/// </summary>
public sealed class LiveTranslatorProperties
{
    private static readonly Gen<string> s_name = Gen.Elements("a", "b", "c", "d");

    private static readonly Gen<ServicePort> s_port =
        from name in Gen.Elements<string?>(null, "x", "y")
        from protocol in Gen.Elements<string?>(null, "TCP", "UDP")
        from port in Gen.Elements(80, 81, 0)
        from nodePort in Gen.Elements<int?>(null, 30080, 30081)
        select new ServicePort { Name = name, Protocol = protocol, Port = port, NodePort = nodePort };

    private static readonly Gen<string?> s_policy = Gen.Elements<string?>(null, "Cluster", "Local");

    private static readonly Gen<Service> s_service =
        from name in s_name
        from type in Gen.Elements("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
        from ips in Gen.Elements<string[]>(["172.20.0.1"], ["172.20.0.2", "fd00::2"], ["fd00::3"], ["None"], [])
        from ports in Gen.ListOf(s_port, 2)
        from inner in s_policy
        from outer in s_policy
        from external in Gen.SubListOf("203.0.113.1", "2001:db8::1", "203.0.113.9")
        from ranges in Gen.SubListOf(" 192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0", "x")
        from affinity in Gen.Elements<string?>(null, "ClientIP")
        from proxy in Gen.Elements<string?>(null, null, "other")
        select new Service
        {
            Metadata = new ObjectMeta
            {
                Namespace = "default",
                Name = name,
                Labels = proxy is null ? null : Map("service.kubernetes.io/service-proxy-name", proxy),
            },
            Spec = new ServiceSpec
            {
                Type = type,
                ClusterIP = ips.FirstOrDefault(),
                ClusterIPs = ips,
                Ports = [.. ports],
                InternalTrafficPolicy = inner,
                ExternalTrafficPolicy = outer,
                ExternalIPs = [.. external],
                LoadBalancerSourceRanges = [.. ranges],
                SessionAffinity = affinity,
                HealthCheckNodePort = 32000,
            },
            Status = new ServiceStatus
            {
                LoadBalancer = new LoadBalancerStatus { Ingress = [new LoadBalancerIngress { IP = "203.0.113.9" }] },
            },
        };

    private static readonly Gen<EndpointHints?> s_hints =
        from zone in Gen.Elements<string?>(null, "z1", "z2")
        from node in Gen.Elements<string?>(null, "n1", "n2")
        select new EndpointHints
        {
            ForZones = zone is null ? null : [new HintTarget { Name = zone }],
            ForNodes = node is null ? null : [new HintTarget { Name = node }],
        };

    private static readonly Gen<SliceEndpoint> s_endpoint =
        from address in Gen.Elements("10.0.0.1", "10.0.0.2", "fd00:1::1", "x", "172.20.0.1", "203.0.113.1", "192.0.2.7")
        from node in Gen.Elements<string?>(null, "n1", "n2")
        from ready in Gen.Elements<bool?>(null, true, false)
        from serving in Gen.Elements<bool?>(null, true, false)
        from terminating in Gen.Elements<bool?>(null, true, false)
        from hints in s_hints
        select new SliceEndpoint
        {
            Addresses = [address],
            NodeName = node,
            Conditions = new EndpointConditions { Ready = ready, Serving = serving, Terminating = terminating },
            Hints = hints,
        };

    private static readonly Gen<EndpointSlice> s_slice =
        from name in s_name
        from service in Gen.Elements<string?>("a", "b", "c", null)
        from type in Gen.Elements("IPv4", "IPv4", "IPv6", "FQDN")
        from port in Gen.Elements<string?>(null, "x", "y")
        from protocol in Gen.Elements<string?>(null, "TCP", "UDP")
        from number in Gen.Elements(8080, 80, 30080, 10261)
        from endpoints in Gen.ListOf(s_endpoint)
        select new EndpointSlice
        {
            Metadata = new ObjectMeta
            {
                Namespace = "default",
                Name = name,
                Labels = service is null ? null : Map(EndpointSlice.ServiceNameLabel, service),
            },
            AddressType = type,
            Ports = [new EndpointPort { Name = port, Protocol = protocol, Port = number }],
            Endpoints = [.. endpoints],
        };

    private static readonly Gen<Node?> s_node =
        from zone in Gen.Elements<string?>(null, "z1", "z2")
        from addresses in Gen.SubListOf("192.0.2.7", "2001:db8::7")
        from known in Gen.Elements(true, true, false)
        select known ? ClusterObjects.Node(zone, [.. addresses]) : null;

    private static readonly Gen<List<string>> s_addresses = Gen.SubListOf("127.0.0.1", "192.0.2.7", "203.0.113.10", "2001:db8::7").Select(a => a.ToList());

    private static readonly Gen<Change> s_change = Gen.Frequency(
        (4, s_service.Select(s => new Change(s, null, null))),
        (4, s_slice.Select(s => new Change(null, s, null))),
        (1, s_name.Select(n => new Change(null, null, n))),
        (1, s_name.Select(n => new Change(null, null, "slice " + n))),
        (1, s_node.Select(n => new Change(null, null, null) { Node = n, IsNode = true })),
        (1, s_addresses.Select(a => new Change(null, null, null) { Addresses = a })),
        (2, Gen.Constant(new Change(null, null, null))));

    private static readonly ImmutableArray<NodePortAddress>[] s_nodePorts =
    [
        [],
        [NodePortAddress.Primary, NodePortAddress.Of(IPAddress.Loopback)],
        [NodePortAddress.Of(IPNetwork.Parse("192.0.2.0/24")), NodePortAddress.Of(IPNetwork.Parse("::/0"))],
    ];

    private static readonly ImmutableArray<ServiceProtocol>[] s_protocols = [[ServiceProtocol.Tcp], [ServiceProtocol.Tcp, ServiceProtocol.Udp]];

    private static readonly Gen<TranslationOptions> s_options =
        from mode in Gen.Elements(ListenMode.ProxyPorts, ListenMode.BindAddress, ListenMode.Captured, ListenMode.Captured, ListenMode.ServiceAddresses)
        from capturePort in Gen.Elements(0, 10261)
        from protocols in Gen.Choose(0, s_protocols.Length - 1)
        from nodePorts in Gen.Choose(0, s_nodePorts.Length - 1)
        select ClusterObjects.Options with
        {
            Listen = mode,
            CapturePort = capturePort,
            Protocols = mode == ListenMode.Captured ? s_protocols[protocols] : s_protocols[0],
            NodePortAddresses = s_nodePorts[nodePorts],
        };

    private static readonly Arbitrary<(TranslationOptions Options, List<Change> Changes)> s_histories = (
        from options in s_options
        from changes in Gen.ListOf(s_change)
        select (options, changes.ToList())).ToArbitrary();

    [Fact]
    public void Build_AfterAnyHistory_IsThatOfAFreshTranslator() => Prop.ForAll(s_histories, history =>
    {
        TranslationOptions options = history.Options;
        FakeHost host = new();
        LiveTranslator live = new(options, host);
        Dictionary<string, Service> services = new(StringComparer.Ordinal);
        Dictionary<string, EndpointSlice> slices = new(StringComparer.Ordinal);
        Node? node = null;
        SourceSnapshot before = live.Build().ToSnapshot();
        foreach (Change change in history.Changes)
        {
            node = change.IsNode ? change.Node : node;
            change.ApplyTo(live, services, slices);
            if (change.Addresses is { } addresses)
            {
                host.Set([.. addresses.Select(IPAddress.Parse)]);
            }

            if (change.IsBuild)
            {
                SourceSnapshot now = live.Build().ToSnapshot();
                CheckIdentity(before, now);
                CheckAddresses(now.Table);
                before = now;
            }
        }

        LiveTranslator fresh = new(options, host);
        fresh.SetNode(node);
        foreach (Service service in services.Values.Reverse())
        {
            fresh.Set(service);
        }

        foreach (EndpointSlice slice in slices.Values.Reverse())
        {
            fresh.Set(slice);
        }

        return SnapshotComparer.Instance.Equals(fresh.Build().ToSnapshot(), live.Build().ToSnapshot());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(60));

    /// <summary>Files with the objects of a cluster are served as the cluster, and what stays the same in them as the same instances.</summary>
    [Fact]
    public void Build_AfterAnyHistory_IsThatOfFilesWithTheSameObjects() => Prop.ForAll(s_histories, history =>
    {
        FakeHost host = new();
        LiveTranslator live = new(history.Options, host);
        ServiceTranslator files = new(history.Options, host, new FakeNames());
        Dictionary<string, Service> services = new(StringComparer.Ordinal);
        Dictionary<string, EndpointSlice> slices = new(StringComparer.Ordinal);
        Node? node = null;
        ServiceTable before = ServiceTable.Empty;
        bool isSame = true;
        foreach (Change change in history.Changes)
        {
            node = change.IsNode ? change.Node : node;
            change.ApplyTo(live, services, slices);
            if (change.IsBuild)
            {
                SourceSnapshot ofFiles = files.Translate(new KubernetesObjects
                {
                    Services = [.. services.Values],
                    EndpointSlices = [.. slices.Values],
                    Nodes = node is null ? [] : [node],
                }).ToSnapshot();
                isSame &= SnapshotComparer.Instance.Equals(live.Build().ToSnapshot(), ofFiles);
                CheckEntries(before, ofFiles.Table);
                before = ofFiles.Table;
            }
        }

        return isSame;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));

    [Fact]
    public void Build_EndpointsOfASliceInAnotherOrder_AreTheSame() => Prop.ForAll(s_slice.ToArbitrary(), s_service.ToArbitrary(), (slice, service) =>
    {
        EndpointSlice reversed = slice with { Endpoints = [.. slice.Endpoints.Reverse()] };
        return SnapshotComparer.Instance.Equals(
            ClusterObjects.Build(service, slice).ToSnapshot(), ClusterObjects.Build(service, reversed).ToSnapshot());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>What is equal is the same instance, so that whoever compares references finds every change and nothing else.</summary>
    private static void CheckIdentity(SourceSnapshot before, SourceSnapshot now)
    {
        CheckEntries(before.Table, now.Table);
        Assert.Equal(before.Problems == now.Problems, before.Problems.SequenceEqual(now.Problems));
        Assert.Equal(before.Table.Inside.Equals(now.Table.Inside), ReferenceEquals(before.Table.Inside, now.Table.Inside));
    }

    private static void CheckEntries(ServiceTable before, ServiceTable now)
    {
        foreach (ServiceEntry entry in now.Services)
        {
            if (before.Services.FirstOrDefault(e => e.Key == entry.Key) is { } old)
            {
                Assert.Equal(ReferenceEquals(old, entry), old.IsSameAs(entry));
            }
        }

        Assert.Equal(now.Services.Select(e => e.Key).Order(), now.Services.Select(e => e.Key));
    }

    /// <summary>An address whose clients are led by rules leads to one Service port, and a bound one is not covered by another.</summary>
    private static void CheckAddresses(ServiceTable table)
    {
        (ServiceProtocol Protocol, FrontendEntry Frontend)[] frontends =
            [.. table.Services.SelectMany(s => s.Frontends, (s, f) => (s.Key.Protocol, f))];
        (ServiceProtocol, IPEndPoint)[] led =
            [.. frontends.SelectMany(f => f.Frontend.Captured ? [f.Frontend.Address] : f.Frontend.StandsFor, (f, address) => (f.Protocol, address))];
        Assert.Equal(led.Distinct().Count(), led.Length);
        IPEndPoint[] bound = [.. frontends.Where(f => !f.Frontend.Captured).Select(f => f.Frontend.Address)];
        Assert.All(bound, (address, i) => Assert.DoesNotContain(bound.Index(), o => o.Index != i && PortClaims.Covers(o.Item, address)));
    }

    private static Dictionary<string, string> Map(string key, string value) => new(StringComparer.Ordinal) { [key] = value };

    /// <summary>One thing that happens: an object comes, goes, or a table is built.</summary>
    private sealed record Change(Service? Service, EndpointSlice? Slice, string? Removed)
    {
        public Node? Node { get; init; }

        public bool IsNode { get; init; }

        /// <summary>What the host has from now on; null when that does not change.</summary>
        public List<string>? Addresses { get; init; }

        public bool IsBuild => Service is null && Slice is null && Removed is null && Addresses is null && !IsNode;

        public void ApplyTo(LiveTranslator live, Dictionary<string, Service> services, Dictionary<string, EndpointSlice> slices)
        {
            if (Service is not null)
            {
                live.Set(Service);
                services[Service.Metadata.Name] = Service;
            }
            else if (Slice is not null)
            {
                live.Set(Slice);
                slices[Slice.Metadata.Name] = Slice;
            }
            else if (Removed is not null && Removed.StartsWith("slice ", StringComparison.Ordinal))
            {
                live.RemoveSlice("default", Removed[6..]);
                slices.Remove(Removed[6..]);
            }
            else if (Removed is not null)
            {
                live.RemoveService("default", Removed);
                services.Remove(Removed);
            }
            else if (IsNode)
            {
                live.SetNode(Node);
            }
        }
    }
}
