using System.Net;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.Testing;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Manifests;

/// <summary>Nodes in files say of this node what a cluster would.</summary>
public sealed class NodeManifestTests
{
    private const string Nodes = """
        apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}, spec: {podCIDR: 10.0.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.0.2.7}]}}
        - {apiVersion: v1, kind: Node, metadata: {name: n2}, spec: {taints: [{key: ToBeDeletedByClusterAutoscaler}]}}
        """;

    private const string Objects = """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {type: NodePort, clusterIP: 172.20.0.1, ports: [{name: http, port: 80, nodePort: 30080}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: 8080}]
        endpoints:
        - {addresses: [10.0.1.1], nodeName: n1, hints: {forZones: [{name: z1}]}}
        - {addresses: [10.0.2.1], nodeName: n2, hints: {forZones: [{name: z2}]}}

        """;

    private static readonly TranslationOptions s_options = new()
    {
        Listen = ListenMode.Captured,
        NodeName = "n1",
        NodePortAddresses = [NodePortAddress.Primary],
    };

    [Fact]
    public void Translate_OwnNode_GivesZoneAddressesAndNetworks()
    {
        TranslationResult result = Translate(s_options, Nodes + "\n" + Objects);

        Assert.Empty(result.Problems);
        Assert.Equal("172.20.0.1:80 192.0.2.7:30080", string.Join(' ', result.Table.Services[0].Frontends.Select(f => f.Address)));
        Assert.Equal([true, false], result.Table.Services[0].Endpoints.Select(e => e.Usable));
        Assert.Equal("10.0.1.0/24", result.PodNetworks.ToString());
        Assert.Contains(IPNetwork.Parse("192.0.2.7/32"), result.Table.Inside.Networks);
        Assert.True(result.NodeEligible);
    }

    [Fact]
    public void Translate_NodeThatIsBeingDeleted_IsNotEligible() =>
        Assert.False(Translate(s_options with { NodeName = "n2" }, Nodes + "\n" + Objects).NodeEligible);

    [Fact]
    public void Translate_WithoutNodes_KnowsItsEndpointsByTheNameAlone()
    {
        TranslationResult result = Translate(s_options with { NodePortAddresses = [] }, Objects);

        Assert.Empty(result.Problems);
        Assert.Equal([true, true], result.Table.Services[0].Endpoints.Select(e => e.Usable));
        Assert.Equal([true, false], result.Table.Services[0].Endpoints.Select(e => e.OnThisNode));
        Assert.True(result.PodNetworks.IsEmpty);
    }

    [Fact]
    public void Translate_OtherNodesAlone_IsAWarning()
    {
        TranslationResult result = Translate(s_options with { NodeName = "n3", NodePortAddresses = [] }, Nodes + "\n" + Objects);

        Assert.Equal(
            "Node n3: the manifests have other Nodes, not this one: zone and networks of this node are not known", Assert.Single(result.Problems).ToString());
        Assert.Empty(Translate(s_options with { NodeName = "n3", IsNodeNameAssumed = true, NodePortAddresses = [] }, Nodes + "\n" + Objects).Problems);
    }

    private static TranslationResult Translate(TranslationOptions options, string manifests)
    {
        using TemporaryFolder folder = new();
        ManifestSet set = new([folder.Write("all.yaml", manifests)], TimeProvider.System);
        set.Refresh(readAll: true);
        Assert.Empty(set.Problems);
        return new ServiceTranslator(options, new FakeHost(), new FakeNames()).Translate(set.Objects);
    }
}
