using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary><c>l4proxy run</c> as a process, from its start to its end.</summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("linux")]
    [InlineData("portable")]
    public async Task Run_Service_IsServedUntilTerminated(string engine)
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello\n"));
        int port = FreePort();
        string manifest = _folder.Write("web.yaml", ServiceManifest.Write("web", port, [], backend.EndPoint));
        string ready = _folder.PathOf("ready");

        using Process process = ProgramRun.Start([], "run", "--manifests", manifest, "--engine", engine, "--ready-file", ready);
        Task<string> log = process.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.True(() => File.Exists(ready) || process.HasExited);
            Assert.Equal($"default/web\t127.0.0.1:{port}\n", await File.ReadAllTextAsync(ready));
            using (TcpPeer client = await TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)))
            {
                Assert.Equal("hello\n", await client.ReceiveTextAsync(6));
            }

            Terminate(process);
            await process.WaitForExitAsync().Within();
        }
        finally
        {
            process.Kill();
        }

        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(ready));
        Assert.DoesNotContain("   at ", await log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TheOnlyPortIsTaken_IsExitCode2WithoutAStackTrace()
    {
        using TcpListener occupant = new(IPAddress.Loopback, 0);
        occupant.Start();
        int port = ((IPEndPoint)occupant.LocalEndpoint).Port;
        string manifest = _folder.Write("web.yaml", ServiceManifest.Write("web", port, [], new IPEndPoint(IPAddress.Loopback, 1)));

        ProgramRun run = await ProgramRun.ToEndAsync("run", "--manifests", manifest);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"127.0.0.1:{port}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ConfigurationNamesEverything_IsServed()
    {
        Requires.Linux();
        await using TcpBackend backend = TcpBackend.Start(IPFamily.IPv4, Scripts.Say("hello\n"));
        int port = FreePort();
        _folder.Write("web.yaml", ServiceManifest.Write("web", port, [], backend.EndPoint));
        string config = _folder.Write("l4proxy.yaml", "manifests: [web.yaml]\nbindAddress: 127.0.0.7\nlog: {format: json, level: warning}\n");
        string ready = _folder.PathOf("ready");

        using Process process = ProgramRun.Start([("L4PROXY__LOG__LEVEL", "info")], "run", "--config", config, "--ready-file", ready);
        try
        {
            await Eventually.True(() => File.Exists(ready) || process.HasExited);
            Assert.Equal($"default/web\t127.0.0.7:{port}\n", await File.ReadAllTextAsync(ready));
            Assert.StartsWith("{", await process.StandardError.ReadLineAsync().Within(), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Terminate(Process process)
    {
        using Process kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]);
        kill.WaitForExit();
    }
}
