using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

public sealed class FakeApiServerAccessTests
{
    private const string Services = "/api/v1/services";

    private static readonly FakeApiServerOptions s_tls = new() { UsesTls = true };

    [Fact]
    public async Task Token_Rotated_OldOneIs401InTheRecordedForm()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.AddToken("one", "alice");
        using ApiServerClient client = new(server);
        client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "one");
        await client.GetJsonAsync(Services);
        server.AddToken("two", "alice");
        server.RemoveToken("one");

        JsonObject status = await client.GetJsonAsync(Services, 401);
        Assert.Equal(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}""",
            status.ToJsonString());
        client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "two");
        await client.GetJsonAsync(Services);
        Assert.Equal("alice", server.Requests[^1].User);
    }

    [Fact]
    public async Task NoCredentials_AreAnonymousAnd403InTheRecordedForm()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.RequiresCredentials = true;
        using ApiServerClient client = new(server);

        using HttpResponseMessage response = await client.GetAsync(Services);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(
            """
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services is forbidden: User \"system:anonymous\" cannot list resource \"services\" in API group \"\" at the cluster scope","reason":"Forbidden","details":{"kind":"services"},"code":403}

            """,
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Deny_OneVerbOfOneResource_LeavesTheRest()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Deny("watch", "endpointslices");
        using ApiServerClient client = new(server);
        const string Slices = "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices";

        JsonObject status = await client.GetJsonAsync($"{Slices}?watch=1", 403);
        Assert.Equal(
            "endpointslices.discovery.k8s.io is forbidden: User \"test\" cannot watch resource \"endpointslices\" in API group "
            + "\"discovery.k8s.io\" in the namespace \"demo\"",
            (string?)status["message"]);
        Assert.Equal("""{"group":"discovery.k8s.io","kind":"endpointslices"}""", status["details"]!.ToJsonString());
        await client.GetJsonAsync(Slices);
        server.ClearAuthorization();
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Slices}?watch=1");
    }

    [Fact]
    public async Task Authorize_WithRoles_AllowsWhatTheyGrantAndNoMore()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply("{apiVersion: v1, kind: Node, metadata: {name: node-a}}");
        server.Authorize(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: proxy}
            rules:
            - {apiGroups: [""], resources: [services], verbs: [list, watch]}
            - {apiGroups: [""], resources: [nodes], resourceNames: [node-a], verbs: [get, watch]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: slices, namespace: demo}
            rules: [{apiGroups: [discovery.k8s.io], resources: ["*"], verbs: [list]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: proxy}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: proxy}
            subjects: [{kind: ServiceAccount, name: proxy, namespace: kube-system}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: slices, namespace: demo}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: slices}
            subjects: [{kind: User, name: "system:serviceaccount:kube-system:proxy"}]
            """);
        server.AddToken("proxy", "system:serviceaccount:kube-system:proxy");
        server.AddToken("else", "system:serviceaccount:demo:proxy");
        server.AddToken("admin", "admin", "system:masters");
        using ApiServerClient client = new(server);

        async Task<int> Ask(string token, string path)
        {
            client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using HttpResponseMessage response = await client.GetAsync(path);
            return (int)response.StatusCode;
        }

        Assert.Equal(200, await Ask("proxy", Services));
        Assert.Equal(200, await Ask("proxy", $"{Services}?watch=1"));
        Assert.Equal(200, await Ask("proxy", "/api/v1/namespaces/demo/services"));
        Assert.Equal(403, await Ask("proxy", "/api/v1/namespaces/demo/services/a"));
        Assert.Equal(200, await Ask("proxy", "/api/v1/nodes/node-a"));
        Assert.Equal(200, await Ask("proxy", "/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dnode-a"));
        Assert.Equal(403, await Ask("proxy", "/api/v1/nodes?fieldSelector=metadata.name%3Dnode-a"));
        Assert.Equal(403, await Ask("proxy", "/api/v1/nodes?watch=1"));
        Assert.Equal(200, await Ask("proxy", "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices"));
        Assert.Equal(403, await Ask("proxy", "/apis/discovery.k8s.io/v1/endpointslices"));
        Assert.Equal(403, await Ask("else", Services));
        Assert.Equal(200, await Ask("admin", "/apis/discovery.k8s.io/v1/endpointslices"));
        Assert.Contains(new AccessRequest("watch", "", "nodes", null, "node-a"), server.Grants);
        Assert.Contains(new AccessRequest("watch", "", "nodes", null, "node-a"), server.Requests.Select(r => r.Access));
    }

    [Theory]
    [InlineData(true, "HTTP/2")]
    [InlineData(false, "HTTP/1.1")]
    public async Task Tls_WithClientCertificate_KnowsTheUser(bool offersHttp2, string protocol)
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(s_tls with { OffersHttp2 = offersHttp2 });
        using X509Certificate2 certificate = server.IssueClientCertificate("alice", ["system:masters"]);
        using ApiServerClient client = new(server, ApiServerClient.Handler(server.Authority, certificate));
        client.Http.DefaultRequestVersion = HttpVersion.Version20;

        await client.GetJsonAsync(Services);

        Assert.Equal("alice " + protocol, $"{server.Requests[^1].User} {server.Requests[^1].Protocol}");
    }

    [Fact]
    public async Task Tls_WithCertificatesThatAreNotGood_Is401OrNoConnection()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(s_tls);
        using CertificateAuthority other = new();
        using X509Certificate2 foreign = other.IssueClient("alice");
        using X509Certificate2 expired = server.IssueClientCertificate("alice", lifetime: TimeSpan.FromMinutes(-1));
        foreach (X509Certificate2 certificate in (X509Certificate2[])[foreign, expired])
        {
            using ApiServerClient refused = new(server, ApiServerClient.Handler(server.Authority, certificate));
            await refused.GetJsonAsync(Services, 401);
        }

        using ApiServerClient distrusting = new(server, ApiServerClient.Handler(other));
        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(() => distrusting.GetAsync(Services));
        Assert.IsType<AuthenticationException>(e.InnerException);
        server.RequiresCredentials = false;
        server.ReplaceCertificate(other, "127.0.0.1");
        using ApiServerClient trusting = new(server, ApiServerClient.Handler(other));
        await trusting.GetJsonAsync(Services);
    }

    [Fact]
    public async Task Tls_Http2WatchCut_BreaksTheConnection()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(s_tls);
        using ApiServerClient client = new(server, ApiServerClient.Handler(server.Authority));
        client.Http.DefaultRequestVersion = HttpVersion.Version20;
        using ApiServerClient.WatchStream watch = await client.WatchAsync($"{Services}?watch=1");
        server.Apply(ApiObjects.Service("demo", "a"));
        Assert.Equal("ADDED a 201", await watch.NextShortAsync());

        server.CutWatches();
        await Assert.ThrowsAnyAsync<IOException>(watch.LineAsync);
    }
}
