using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>What a user meets who gives the wrong way to a cluster: one line and the right exit code.</summary>
public sealed class ClusterMistakeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("table")]
    public async Task Kubeconfig_Missing_IsBadInput(string command) =>
        await ExpectAsync(1, "error: /nonexistent/config: it does not exist (kubeconfig)\n", command, "--kubeconfig", "/nonexistent/config");

    [Theory]
    [InlineData("run")]
    [InlineData("table")]
    public async Task Context_Unknown_IsBadInputAndSaysWhichThereAre(string command)
    {
        string config = new KubeconfigFile { Server = "https://127.0.0.1:1", Name = "home" }.WriteTo(_folder.PathOf("config"));
        string error = await ExpectOneLineAsync(1, command, "--kubeconfig", config, "--context", "work");
        Assert.StartsWith($"error: {config}: ", error, StringComparison.Ordinal);
        Assert.Contains("'work'", error, StringComparison.Ordinal);
        Assert.Contains("home", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("table")]
    public async Task AuthProvider_IsRefusedWithWhatToUseInstead(string command)
    {
        string config = (new KubeconfigFile { Server = "https://127.0.0.1:1", UserYaml = "auth-provider: {name: gcp}" }).WriteTo(_folder.PathOf("config"));
        string error = await ExpectOneLineAsync(1, command, "--kubeconfig", config);
        Assert.Contains("auth-provider", error, StringComparison.Ordinal);
        Assert.Contains("exec", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("table")]
    public async Task ManifestsAndKubeconfig_AreRefusedTogether(string command)
    {
        string config = new KubeconfigFile { Server = "https://127.0.0.1:1" }.WriteTo(_folder.PathOf("config"));
        await ExpectAsync(
            1, "error: manifests and a cluster are given; only one of them can be served\n", command, "--kubeconfig", config, "--manifests", "/");
    }

    [Fact]
    public async Task Table_NobodyListens_CouldNotRun()
    {
        using RefusedPort port = new(IPFamily.IPv4);
        string config = new KubeconfigFile { Server = $"https://{port.EndPoint}" }.WriteTo(_folder.PathOf("config"));
        string error = await ExpectOneLineAsync(2, "table", "--kubeconfig", config);
        Assert.StartsWith($"l4proxy: API server https://{port.EndPoint}: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_CertificateIsNotTrusted_SaysWhose()
    {
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        using CertificateAuthority other = new();
        string config = (KubeconfigFile.For(api) with { AuthorityPem = other.Pem }).WriteTo(_folder.PathOf("config"));
        string error = await ExpectOneLineAsync(2, "table", "--kubeconfig", config, "--node-name", "worker-1");
        Assert.Contains("certificate", error, StringComparison.Ordinal);
        Assert.Contains($"{api.Url}".TrimEnd('/'), error, StringComparison.Ordinal);
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task Table_CredentialsAreNotAccepted_SaysSo()
    {
        await using FakeApiServer api = await FakeApiServer.StartAsync(new FakeApiServerOptions { UsesTls = true });
        api.RequiresCredentials = true;
        string config = (KubeconfigFile.For(api) with { Token = "stale" }).WriteTo(_folder.PathOf("config"));
        string error = await ExpectOneLineAsync(2, "table", "--kubeconfig", config, "--node-name", "worker-1");
        Assert.Contains("401", error, StringComparison.Ordinal);
        Assert.DoesNotContain("stale", error, StringComparison.Ordinal);
    }

    private static async Task<string> ExpectOneLineAsync(int exitCode, params string[] arguments)
    {
        ProgramRun run = await ProgramRun.ToEndAsync([("KUBECONFIG", "")], arguments);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("Exception", run.Error, StringComparison.Ordinal);
        return run.Error;
    }

    private static async Task ExpectAsync(int exitCode, string error, params string[] arguments) =>
        Assert.Equal(error, await ExpectOneLineAsync(exitCode, arguments));
}
