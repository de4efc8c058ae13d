using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>A client that others wrote takes the server for a real one.</summary>
public sealed class FakeApiServerKubectlTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FakeApiServerKubectlTests() => Requires.Program("kubectl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kubectl_OverHttp_GetsAndLists()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        server.Apply(ApiObjects.Service("demo", "web", "10.96.1.1"));
        server.Apply(ApiObjects.Service("else", "db", labels: "app: db"));
        server.Apply(ApiObjects.Slice("demo", "web-1", "web", "10.0.0.1"));
        server.Apply("{apiVersion: v1, kind: Node, metadata: {name: node-a}}");
        string config = KubeconfigFile.For(server).WriteTo(_folder["config"]);

        Assert.Matches("demo +web ", await RunAsync(config, "get", "services", "--all-namespaces"));
        Assert.Equal("service/db\n", await RunAsync(config, "get", "svc", "-A", "-l", "app=db", "-o", "name"));
        Assert.Equal("10.96.1.1\n", await RunAsync(config, "get", "svc", "web", "-n", "demo", "-o", "jsonpath={.spec.clusterIP}"));
        Assert.Equal("endpointslice.discovery.k8s.io/web-1\n", await RunAsync(config, "get", "endpointslices", "-A", "-o", "name"));
        Assert.Equal("node/node-a\n", await RunAsync(config, "get", "nodes", "--chunk-size=1", "-o", "name"));
        Assert.Contains("services \"nope\" not found", await RunAsync(config, expectedCode: 1, "get", "svc", "nope"));
    }

    [Fact]
    public async Task Kubectl_OverTls_WatchesAndChanges()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        server.AddToken("secret", "alice");
        string config = (KubeconfigFile.For(server) with { Token = "secret", Namespace = "demo" }).WriteTo(_folder["config"]);
        string manifest = _folder.Write("web.yaml", ApiObjects.Service("demo", "web"));
        await using ChildProcess watch = ChildProcess.Start(Command(config, "get", "services", "--watch", "--output-watch-events"));
        await server.WaitForWatchesAsync("services");

        await RunAsync(config, "create", "--validate=false", "-f", manifest);
        await RunAsync(config, "label", "service", "web", "app=web");
        await RunAsync(config, "delete", "service", "web", "--wait=false");

        await watch.WaitForAsync("DELETED");
        Assert.Matches("ADDED +web .*\nMODIFIED +web .*\nDELETED +web ", watch.Output);
        Assert.Empty(server.GetAll("services"));
        Assert.Contains(server.Requests, r => r is { Verb: "patch", User: "alice", Name: "web" });
    }

    [Fact]
    public async Task Kubectl_WithoutTheRight_SaysWhatIsForbidden()
    {
        await using FakeApiServer server = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        server.Deny("list", "services");
        using var certificate = server.IssueClientCertificate("bob");
        string config = (KubeconfigFile.For(server) with { ClientCertificate = certificate }).WriteTo(_folder["config"]);

        Assert.Contains(
            "Error from server (Forbidden): services is forbidden: User \"bob\" cannot list resource \"services\"",
            await RunAsync(config, expectedCode: 1, "get", "services", "-A"));
        server.ReplaceCertificate(names: "example.invalid");
        Assert.Contains("x509: ", await RunAsync(config, expectedCode: 1, "get", "nodes"));
    }

    private string[] Command(string config, params string[] arguments) =>
        ["kubectl", "--kubeconfig", config, "--cache-dir", _folder["cache"], .. arguments];

    private Task<string> RunAsync(string config, params string[] arguments) => RunAsync(config, expectedCode: 0, arguments);

    private async Task<string> RunAsync(string config, int expectedCode, params string[] arguments)
    {
        await using ChildProcess process = ChildProcess.Start(Command(config, arguments));
        int code = await process.WaitForExitAsync();
        Assert.True(code == expectedCode, $"kubectl {string.Join(' ', arguments)} ended with {code}: {process.Log}");
        return code == 0 ? process.Output : process.Log;
    }
}
