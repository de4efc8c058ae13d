using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.ControlPlane.Translation.Objects;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Json;

public class ObjectDecoderTests
{
    // In the form of v1.36, with every field that is used, and some that are not.
    private const string FullService = """
        {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","generateName":"x","namespace":"demo","uid":"d3a9","resourceVersion":"467",
        "creationTimestamp":"2026-11-20T06:40:42Z","deletionTimestamp":"2026-11-20T06:41:42Z","deletionGracePeriodSeconds":0,
        "labels":{"app":"web","service.kubernetes.io/service-proxy-name":"l4"},
        "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"a\":[1]}\n","l4proxy.io/balance":"random"},
        "ownerReferences":[{"apiVersion":"v1","kind":"Service","name":"x","controller":true}],
        "managedFields":[{"manager":"m","operation":"Update","fieldsV1":{"f:spec":{"f:ports":{".":{},"k:{\"port\":80}":{".":{}}}}}}]},
        "spec":{"ports":[{"name":"http","protocol":"TCP","appProtocol":"http","port":80,"targetPort":8080,"nodePort":30080},
        {"name":"dns","protocol":"UDP","port":53,"targetPort":"dns"}],"selector":{"app":"web"},
        "clusterIP":"10.96.1.1","clusterIPs":["10.96.1.1","fd00::1"],"type":"LoadBalancer","externalIPs":["203.0.113.7"],
        "sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":30}},"loadBalancerIP":"1.2.3.4",
        "loadBalancerSourceRanges":["198.51.100.0/24"],"externalName":"x.example","externalTrafficPolicy":"Local","healthCheckNodePort":30090,
        "publishNotReadyAddresses":true,"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"PreferDualStack","allocateLoadBalancerNodePorts":true,
        "internalTrafficPolicy":"Cluster","trafficDistribution":"PreferClose"},
        "status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.50","ipMode":"VIP","ports":[{"port":80,"protocol":"TCP"}]},{"hostname":"lb.example"}]},
        "conditions":[{"type":"x"}]}}
        """;

    private const string FullSlice = """
        {"metadata":{"name":"web-1","namespace":"demo","resourceVersion":"468","labels":{"endpointslice.kubernetes.io/managed-by":"c","kubernetes.io/service-name":"web"},
        "annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"2026-11-20T06:37:41Z","l4proxy.io/weight":"3"}},"addressType":"IPv4",
        "endpoints":[{"addresses":["10.244.1.91"],"conditions":{"ready":false,"serving":true,"terminating":true},"hostname":"h",
        "targetRef":{"kind":"Pod","namespace":"demo","name":"web-a","uid":"97f3"},"nodeName":"node-a","zone":"zone-1",
        "hints":{"forZones":[{"name":"zone-1"}],"forNodes":[{"name":"node-a"}]},"deprecatedTopology":{"a":"b"}},
        {"addresses":["10.244.2.92"],"conditions":{},"nodeName":"node-a"}],"ports":[{"name":"http","protocol":"TCP","port":8080,"appProtocol":"http"},{"name":"","port":null}]}
        """;

    [Fact]
    public void Decode_Service_HasEveryFieldThatIsUsed()
    {
        (ObjectHeader header, Service service) = Decode<Service>(ResourceKind.Services, FullService);
        Assert.Equal(("demo", "web", "467"), (service.Metadata.Namespace, service.Metadata.Name, header.ResourceVersion));
        Assert.NotNull(service.Metadata.DeletionTimestamp);
        Assert.Equal("l4", Assert.Single(service.Metadata.Labels).Value);
        Assert.Equal("l4proxy.io/balance", Assert.Single(service.Metadata.Annotations).Key);
        ServiceSpec spec = service.Spec;
        Assert.Equal(
            [
                new ServicePort { Name = "http", Protocol = "TCP", AppProtocol = "http", Port = 80, TargetPort = new IntOrString(8080, null), NodePort = 30080 },
                new ServicePort { Name = "dns", Protocol = "UDP", Port = 53, TargetPort = new IntOrString(null, "dns") },
            ],
            spec.Ports);
        Assert.Equal(("10.96.1.1", "LoadBalancer", "ClientIP", 30), (spec.ClusterIP, spec.Type, spec.SessionAffinity, spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds));
        Assert.Equal(["10.96.1.1", "fd00::1"], spec.ClusterIPs);
        Assert.Equal(["IPv4", "IPv6"], spec.IPFamilies);
        Assert.Equal(["203.0.113.7"], spec.ExternalIPs);
        Assert.Equal(["198.51.100.0/24"], spec.LoadBalancerSourceRanges);
        Assert.Equal(("Local", "Cluster", true, "x.example", 30090), (spec.ExternalTrafficPolicy, spec.InternalTrafficPolicy, spec.PublishNotReadyAddresses, spec.ExternalName, spec.HealthCheckNodePort));
        Assert.Equal("web", spec.Selector["app"]);
        Assert.Equal(
            [new LoadBalancerIngress { IP = "203.0.113.50", IPMode = "VIP" }, new LoadBalancerIngress { Hostname = "lb.example" }],
            service.Status!.LoadBalancer!.Ingress);
    }

    [Fact]
    public void Decode_Slice_HasEveryFieldThatIsUsed()
    {
        (ObjectHeader header, EndpointSlice slice) = Decode<EndpointSlice>(ResourceKind.EndpointSlices, FullSlice);
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 6, 37, 41, TimeSpan.Zero), header.Triggered);
        Assert.Equal("web", slice.Metadata.Labels[EndpointSlice.ServiceNameLabel]);
        Assert.Equal("l4proxy.io/weight", Assert.Single(slice.Metadata.Annotations).Key);
        Assert.Equal("IPv4", slice.AddressType);
        SliceEndpoint endpoint = slice.Endpoints[0];
        Assert.Equal("10.244.1.91", Assert.Single(endpoint.Addresses));
        Assert.Equal(new EndpointConditions { Ready = false, Serving = true, Terminating = true }, endpoint.Conditions);
        Assert.Equal(("h", "node-a", "zone-1"), (endpoint.Hostname, endpoint.NodeName, endpoint.Zone));
        Assert.Equal(new ObjectReference { Kind = "Pod", Namespace = "demo", Name = "web-a" }, endpoint.TargetRef);
        Assert.Equal("zone-1", Assert.Single(endpoint.Hints!.ForZones).Name);
        Assert.Equal("node-a", Assert.Single(endpoint.Hints.ForNodes).Name);
        Assert.Equal(new EndpointConditions(), slice.Endpoints[1].Conditions);
        Assert.Same(endpoint.NodeName, slice.Endpoints[1].NodeName);
        Assert.Equal([new EndpointPort { Name = "http", Protocol = "TCP", Port = 8080, AppProtocol = "http" }, new EndpointPort { Name = "" }], slice.Ports);
    }

    [Fact]
    public void Decode_Node_HasEveryFieldThatIsUsed()
    {
        (_, Node node) = Decode<Node>(ResourceKind.Nodes, """
            {"metadata":{"name":"node-a","resourceVersion":"7","labels":{"kubernetes.io/hostname":"node-a","topology.kubernetes.io/zone":"zone-1"}},
            "spec":{"podCIDR":"10.244.1.0/24","podCIDRs":["10.244.1.0/24"],"taints":[{"key":"ToBeDeletedByClusterAutoscaler","effect":"NoSchedule"}]},
            "status":{"addresses":[{"type":"InternalIP","address":"192.168.77.1"}],"conditions":[]}}
            """);
        Assert.Equal("zone-1", Assert.Single(node.Metadata.Labels).Value);
        Assert.Equal("10.244.1.0/24", Assert.Single(node.Spec.PodCIDRs));
        Assert.Equal("ToBeDeletedByClusterAutoscaler", Assert.Single(node.Spec.Taints).Key);
        Assert.Equal(new NodeAddress { Type = "InternalIP", Address = "192.168.77.1" }, Assert.Single(node.Status!.Addresses));
    }

    [Fact]
    public void Decode_NullForLists_IsNone()
    {
        (_, EndpointSlice slice) = Decode<EndpointSlice>(
            ResourceKind.EndpointSlices,
            """{"metadata":{"name":"a","labels":null,"annotations":null},"addressType":"","endpoints":null,"ports":null}""");
        Assert.Empty(slice.Endpoints);
        Assert.Empty(slice.Ports);
        Assert.Empty(slice.Metadata.Labels);
    }

    [Theory]
    [InlineData("""{}""", "metadata", "")]
    [InlineData("""{"metadata":null}""", "metadata", "")]
    [InlineData("""{"metadata":{}}""", "metadata.name", "")]
    [InlineData("""{"metadata":{"name":7}}""", "metadata.name", "")]
    [InlineData("""{"metadata":{"name":"a","labels":{"kubernetes.io/service-name":[]}}}""", "metadata.labels", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":7}""", "spec", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"ports":{}}}""", "spec.ports", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"ports":[null]}}""", "spec.ports[0]", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"ports":[{"port":80},{"port":"80"}]}}""", "spec.ports[1].port", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"ports":[{"port":99999999999}]}}""", "spec.ports[0].port", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"ports":[{"port":80,"targetPort":1.5}]}}""", "spec.ports[0].targetPort", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"clusterIPs":[1]}}""", "spec.clusterIPs", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"clusterIP":["10.0.0.1"]}}""", "spec.clusterIP", "a")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"type":"\ud800"}}""", "spec.type", "a")]
    [InlineData("""{"spec":{"ports":[{"port":"80"}]},"metadata":{"name":"late"}}""", "spec.ports[0].port", "late")]
    [InlineData("[]", "", "")]
    [InlineData("null", "", "")]
    public void Decode_WrongType_SaysWhereAndKeepsTheName(string json, string key, string name)
    {
        DecodedObject decoded = new ObjectDecoder(ResourceKind.Services).Decode(Encoding.UTF8.GetBytes(json));
        Assert.Null(decoded.Value);
        Assert.Equal((key, name), (decoded.Mistake, decoded.Header.Metadata.Name));
    }

    private static (ObjectHeader Header, T Value) Decode<T>(ResourceKind kind, string json)
    {
        DecodedObject decoded = new ObjectDecoder(kind).Decode(Encoding.UTF8.GetBytes(json));
        Assert.Null(decoded.Mistake);
        return (decoded.Header, Assert.IsType<T>(decoded.Value));
    }
}
