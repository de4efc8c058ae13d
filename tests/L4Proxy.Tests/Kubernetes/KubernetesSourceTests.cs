using System.Net;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.Kubernetes.Watching;
using L4Proxy.Tests.Translation;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public class KubernetesSourceTests
{
    private static readonly KubernetesSourceOptions s_all = new(new TranslationOptions { Listen = ListenMode.ProxyPorts });

    [Fact]
    public async Task Watch_NotAllListsComplete_GivesNothing()
    {
        await using SourceFixture fixture = new(s_all with { NodeName = "node-a" });
        Task<SourceSnapshot> first = fixture.NextAsync();
        await fixture.ListAsync("services", 10, ApiJson.Service("web", 5));
        await fixture.ListAsync("endpointslices", 10, ApiJson.Slice("web-1", "web", 6, ["10.0.0.1"]));
        await Eventually.Equal(2, () => fixture.Observer.QueuedCount);
        await Eventually.True(() =>
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(20));
            return fixture.Observer.UnchangedCount > 0;
        });
        Assert.False(first.IsCompleted);
        ScriptedRequest node = await fixture.ListAsync("nodes", 10, ApiJson.Node("node-a", 7));
        Assert.Equal("metadata.name=node-a", node["fieldSelector"]);
        SourceSnapshot snapshot = await fixture.DueAsync(first);
        Assert.Equal("10.0.0.1:8080", Assert.Single(Assert.Single(snapshot.Table.Services).Endpoints).Address.ToString());
        Assert.Empty(snapshot.Problems);
    }

    [Fact]
    public async Task Watch_Selectors_AreKubeProxys()
    {
        await using SourceFixture fixture = new(s_all);
        _ = fixture.NextAsync();
        ScriptedRequest services = await fixture.RequestAsync("services");
        ScriptedRequest slices = await fixture.RequestAsync("endpointslices");
        const string Both = "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name";
        Assert.Equal(("/api/v1/services", Both, "spec.clusterIP!=None"), (services.Path, services["labelSelector"], services["fieldSelector"]));
        Assert.Equal(("/apis/discovery.k8s.io/v1/endpointslices", Both, null), (slices.Path, slices["labelSelector"], slices["fieldSelector"]));
    }

    [Fact]
    public async Task Watch_ProxyName_SelectsServicesByItAndAllSlices()
    {
        await using SourceFixture fixture = new(new(new TranslationOptions { Listen = ListenMode.ProxyPorts, ProxyName = "l4" }) { Namespaces = ["shop", "shop"] });
        _ = fixture.NextAsync();
        ScriptedRequest services = await fixture.RequestAsync("services");
        ScriptedRequest slices = await fixture.RequestAsync("endpointslices");
        Assert.Equal("/api/v1/namespaces/shop/services", services.Path);
        Assert.Equal("!service.kubernetes.io/headless,service.kubernetes.io/service-proxy-name=l4", services["labelSelector"]);
        Assert.Equal("!service.kubernetes.io/headless", slices["labelSelector"]);
    }

    [Fact]
    public async Task Watch_NamedServices_NeedsRightsInTheirNamespaceOnly()
    {
        await using SourceFixture fixture = new(s_all with { Services = [new("shop", "web"), new("shop", "db")] });
        Task<SourceSnapshot> first = fixture.NextAsync();
        ScriptedRequest services = await fixture.ListAsync("services", 10, ApiJson.Service("web", 5, ns: "shop"), ApiJson.Service("other", 5, ns: "shop"));
        ScriptedRequest slices = await fixture.ListAsync("endpointslices", 10);
        Assert.Equal(("/api/v1/namespaces/shop/services", null, null), (services.Path, services["labelSelector"], services["fieldSelector"]));
        Assert.Equal(("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", "kubernetes.io/service-name in (db,web)"), (slices.Path, slices["labelSelector"]));
        SourceSnapshot snapshot = await fixture.DueAsync(first);
        Assert.Equal("web", Assert.Single(snapshot.Table.Services).Key.Name);
        Assert.Contains("Service shop/db: the cluster has no such Service; it is served when there is one", snapshot.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public async Task Watch_OneNamedService_IsSelectedByTheServer()
    {
        await using SourceFixture fixture = new(s_all with { Services = [new("shop", "web")] });
        _ = fixture.NextAsync();
        Assert.Equal("metadata.name=web", (await fixture.RequestAsync("services"))["fieldSelector"]);
        Assert.Equal("kubernetes.io/service-name=web", (await fixture.RequestAsync("endpointslices"))["labelSelector"]);
    }

    [Fact]
    public async Task Watch_ChangeOfEndpoints_IsInForceInTwoMillisecondsAndSaysWhatItWas()
    {
        await using SourceFixture fixture = new(s_all);
        ScriptedRequest slices = await fixture.StartAsync();
        Task<SourceSnapshot> next = fixture.NextAsync();
        await slices.SendAsync(ApiJson.Event("MODIFIED", ApiJson.Slice("web-1", "web", 11, ["10.0.0.1", "10.0.0.2"], "2026-01-01T00:00:05Z")));
        await Eventually.True(() => fixture.Observer.QueuedCount == 3);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(2));
        SourceSnapshot snapshot = await next.Within();
        Assert.Equal(2, Assert.Single(snapshot.Table.Services).Endpoints.Length);
        Assert.Equal((0, 1), (snapshot.Changes.Services, snapshot.Changes.EndpointSlices));
        Assert.Equal([new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero)], snapshot.Changes.Triggered);
    }

    [Fact]
    public async Task Watch_ChangeOfNothingThatCounts_GivesNoSnapshotButSaysSo()
    {
        await using SourceFixture fixture = new(s_all);
        ScriptedRequest slices = await fixture.StartAsync();
        int unchanged = fixture.Observer.UnchangedCount;
        Task<SourceSnapshot> next = fixture.NextAsync();
        await slices.SendAsync(ApiJson.Event("MODIFIED", ApiJson.Slice("web-1", "web", 11, ["10.0.0.1"])));
        await Eventually.True(() => fixture.Observer.QueuedCount == 3);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(20));
        await Eventually.Equal(unchanged + 1, () => fixture.Observer.UnchangedCount);
        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task Watch_BadObject_IsAProblemUntilItIsGood()
    {
        await using SourceFixture fixture = new(s_all);
        ScriptedRequest slices = await fixture.StartAsync();
        Task<SourceSnapshot> next = fixture.NextAsync();
        string good = ApiJson.Slice("web-1", "web", 11, ["10.0.0.1"]);
        await slices.SendAsync(ApiJson.Event("MODIFIED", good.Replace("\"ready\":true", "\"ready\":\"yes\"")));
        SourceSnapshot snapshot = await fixture.DueAsync(next);
        Assert.Equal(
            "EndpointSlice default/web-1: endpoints[0].conditions.ready: not of the type that the API defines; the last good version stays in force",
            Assert.Single(snapshot.Problems).ToString());
        Assert.Single(Assert.Single(snapshot.Table.Services).Endpoints);

        next = fixture.NextAsync();
        await slices.SendAsync(ApiJson.Event("MODIFIED", good));
        Assert.Empty((await fixture.DueAsync(next)).Problems);
    }

    [Fact]
    public async Task Watch_NamedServiceThatIsBad_IsNotSaidToBeMissing()
    {
        await using SourceFixture fixture = new(s_all with { Services = [new("default", "web")] });
        Task<SourceSnapshot> first = fixture.NextAsync();
        await fixture.ListAsync("services", 10, ApiJson.Service("web", 5).Replace("\"port\":80", "\"port\":[]"));
        await fixture.ListAsync("endpointslices", 10);
        Assert.Equal(
            "Service default/web: spec.ports[0].port: not of the type that the API defines; the object is left out",
            Assert.Single((await fixture.DueAsync(first)).Problems).ToString());
    }

    [Fact]
    public async Task Watch_NodeNameOnlyAssumed_HoldsAsLongAsTheClusterHasSuchANode()
    {
        await using SourceFixture fixture = new(
            new(new TranslationOptions { Listen = ListenMode.ProxyPorts, NodeName = "node-b", IsNodeNameAssumed = true }) { NodeName = "node-b" });
        Task<SourceSnapshot> due = fixture.NextAsync();
        await fixture.ListAsync("services", 10, ApiJson.Service("web", 5).Replace("\"type\":", "\"internalTrafficPolicy\":\"Local\",\"type\":"));
        await fixture.ListAsync("endpointslices", 10, ApiJson.Slice("web-1", "web", 6, ["10.0.0.1"]));
        ScriptedRequest nodes = await fixture.ListAsync("nodes", 10);
        SourceSnapshot snapshot = await fixture.DueAsync(due);
        Assert.Equal(EndpointScope.Cluster, Assert.Single(Assert.Single(snapshot.Table.Services).Frontends).FromInside);
        Assert.Equal(
            "Node node-b: the cluster has no Node of this host's name, and no other name is given: no endpoint counts as local, and policies Local are taken for Cluster",
            Assert.Single(snapshot.Problems).ToString());

        due = fixture.NextAsync();
        await nodes.SendAsync(ApiJson.Event("ADDED", ApiJson.Node("node-b", 11)));
        snapshot = await fixture.DueAsync(due);
        Assert.Equal(EndpointScope.Local, Assert.Single(Assert.Single(snapshot.Table.Services).Frontends).FromInside);
        Assert.Empty(snapshot.Problems);

        due = fixture.NextAsync();
        await nodes.SendAsync(ApiJson.Event("DELETED", ApiJson.Node("node-b", 12)));
        snapshot = await fixture.DueAsync(due);
        Assert.Equal(EndpointScope.Cluster, Assert.Single(Assert.Single(snapshot.Table.Services).Frontends).FromInside);
    }

    [Fact]
    public async Task LoadOnce_Lists_GivesTheTable()
    {
        ScriptedApi api = new();
        Task<SourceSnapshot> load = LoadAsync(api, new ManualTimeProvider());
        for (int i = 0; i < 2; i++)
        {
            ScriptedRequest request = await api.NextAsync();
            Assert.False(request.IsWatch);
            request.Answer(request.Path.EndsWith("/services", StringComparison.Ordinal)
                ? ApiJson.List(10, ApiJson.Service("web", 5))
                : ApiJson.List(10, ApiJson.Slice("web-1", "web", 6, ["10.0.0.1"])));
        }

        Assert.Single(Assert.Single((await load.Within()).Table.Services).Endpoints);
    }

    [Fact]
    public async Task LoadOnce_Refused_SaysWhyInOneLine()
    {
        ScriptedApi api = new();
        Task<SourceSnapshot> load = LoadAsync(api, new ManualTimeProvider());
        (await api.NextAsync()).Refuse(HttpStatusCode.Unauthorized);
        (await api.NextAsync()).Refuse(HttpStatusCode.Unauthorized);
        var error = await Assert.ThrowsAsync<KubernetesSourceException>(() => load.Within());
        Assert.Equal("the API server does not accept the credentials (401)", error.Message);
    }

    [Fact]
    public async Task LoadOnce_NoAnswer_EndsAtTheDeadline()
    {
        ScriptedApi api = new();
        ManualTimeProvider time = new();
        Task<SourceSnapshot> load = LoadAsync(api, time);
        await api.NextAsync();
        await api.NextAsync();
        time.Advance(TimeSpan.FromSeconds(15));
        var error = await Assert.ThrowsAsync<KubernetesSourceException>(() => load.Within());
        Assert.Equal("the API server did not answer within 15 s", error.Message);
    }

    private static Task<SourceSnapshot> LoadAsync(ScriptedApi api, ManualTimeProvider time) => KubernetesSource.LoadOnceAsync(
        api, s_all, new FakeHost(), TimeSpan.FromSeconds(15), time, CancellationToken.None);
}
