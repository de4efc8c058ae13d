using System.Globalization;
using System.Net;
using Xunit;

namespace L4Proxy.Testing.Processes;

/// <summary>The built program that lies beside the test, serving in a process of its own.</summary>
public sealed class L4ProxyProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private L4ProxyProcess(ChildProcess process, TemporaryFolder folder)
    {
        Process = process;
        _folder = folder;
    }

    public ChildProcess Process { get; }

    /// <summary>Where it listens, in the order of its listeners.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public IPEndPoint EndPoint => EndPoints[0];

    /// <summary>What its listeners are called, in the same order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    public string ReadyFile => _folder["ready"];

    /// <summary>Starts the program and waits until all its listeners are open.</summary>
    /// <param name="arguments">Command and options; the ready file is added.</param>
    /// <param name="prefix">What to start it by, such as a namespace or a limit.</param>
    public static async Task<L4ProxyProcess> StartAsync(IReadOnlyList<string> arguments, IReadOnlyList<string>? prefix = null)
    {
        var folder = new TemporaryFolder();
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");
        var process = ChildProcess.Start([.. prefix ?? [], "dotnet", "exec", program, .. arguments, "--ready-file", folder["ready"]]);
        var proxy = new L4ProxyProcess(process, folder);
        await Eventually.True(() => File.Exists(proxy.ReadyFile) || process.HasExited);
        if (process.HasExited)
        {
            await proxy.DisposeAsync();
            Assert.Fail($"l4proxy did not start: {process.Log}");
        }

        string[][] listeners = [.. File.ReadLines(proxy.ReadyFile).Select(line => line.Split('\t'))];
        proxy.Names = [.. listeners.Select(l => l[0])];
        proxy.EndPoints = [.. listeners.Select(l => IPEndPoint.Parse(l[1]))];
        return proxy;
    }

    /// <summary>Starts <c>l4proxy forward</c> on a free port in front of some backends.</summary>
    public static Task<L4ProxyProcess> ForwardAsync(
        string engine, IEnumerable<IPEndPoint> backends, IReadOnlyList<string>? options = null, IReadOnlyList<string>? prefix = null)
    {
        string spec = string.Create(CultureInfo.InvariantCulture, $"0={string.Join(',', backends)}");
        return StartAsync(["forward", spec, "--engine", engine, "--access-log", .. options ?? []], prefix);
    }

    /// <summary>Tells it to stop, and how it ended.</summary>
    public async Task<int> StopAsync()
    {
        Process.Send(Signal.Terminate);
        return await Process.WaitForExitAsync();
    }

    /// <summary>Ends it, if it has not ended; nothing that it wrote may look like a defect.</summary>
    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Dispose();
        Assert.DoesNotContain("   at L4Proxy", Process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", Process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("end=ID", Process.Log, StringComparison.Ordinal);
    }
}
