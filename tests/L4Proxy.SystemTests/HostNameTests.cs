using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>The name of the host where nobody gives the name of the node.</summary>
public sealed class HostNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Node-7.example.internal", "Node node-7.example.internal: ")]
    [InlineData("a,b=c", "")]
    public async Task Table_NoNodeName_TakesTheWholeNameOfTheHost(string host, string subject)
    {
        Requires.Root();
        Requires.Program("unshare");
        await using FakeApiServer server = await FakeApiServer.StartAsync();
        string kubeconfig = _folder.Write("kubeconfig", KubeconfigFile.For(server).ToYaml());
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");

        await using ChildProcess process = ChildProcess.Start(
            "unshare", "--uts", "sh", "-c", "printf %s \"$1\" > /proc/sys/kernel/hostname && exec dotnet exec \"$2\" table --kubeconfig \"$3\"", "sh", host, program, kubeconfig);

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.StartsWith(subject.Length == 0 ? "" : $"warning: {subject}the cluster has no Node of this host's name", process.Error, StringComparison.Ordinal);
        Assert.Equal(subject.Length == 0, process.Error.Length == 0);
    }
}
