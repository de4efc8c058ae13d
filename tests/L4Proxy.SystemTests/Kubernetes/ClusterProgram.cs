using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// <c>l4proxy table</c> over an API server, both in a network of their own: the host's addresses count as the node's, and
/// there are none that a source range could have by chance.
/// </summary>
internal static class ClusterProgram
{
    /// <summary>The table's JSON, and what was said on standard error.</summary>
    public static async Task<(string Json, string Error)> ShowTableAsync(
        Action<FakeApiServer> load, string node, string podNetwork, params string[] options)
    {
        await using NetworkNamespace space = await NetworkNamespace.CreateAsync();
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true, Inside = space });
        load(api);
        using Testing.TemporaryFolder folder = new();
        string kubeconfig = KubeconfigFile.For(api).WriteTo(folder["config"]);
        await using ChildProcess run = ChildProcess.Start(
        [
            .. space.Prefix, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "l4proxy.dll"),
            "table", "--kubeconfig", kubeconfig, "--node-name", node, "--cluster-cidr", podNetwork, "--output", "json", .. options,
        ]);
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.DoesNotContain(api.Requests, r => r.IsWatch);
        return (run.Output, run.Error);
    }
}
