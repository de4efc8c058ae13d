using System.Globalization;
using System.Net;
using L4Proxy.Testing.Clients;
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

    /// <summary>Where it listened when it became ready, in the order of its listeners.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; private set; } = [];

    public IPEndPoint EndPoint => EndPoints[0];

    /// <summary>What its listeners are called, in the same order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    public string ReadyFile => _folder["ready"];

    public bool IsReady => File.Exists(ReadyFile);

    /// <summary>Starts the program and waits until all its listeners are open.</summary>
    /// <param name="arguments">Command and options; the ready file is added.</param>
    /// <param name="prefix">What to start it by, such as a namespace or a limit.</param>
    public static async Task<L4ProxyProcess> StartAsync(IReadOnlyList<string> arguments, IReadOnlyList<string>? prefix = null)
    {
        L4ProxyProcess proxy = Launch(arguments, prefix);
        await proxy.WaitUntilReadyAsync();
        return proxy;
    }

    /// <summary>Starts the program and waits for nothing.</summary>
    /// <param name="arguments">Command and options; the ready file is added.</param>
    /// <param name="prefix">What to start it by, such as a namespace or a limit.</param>
    public static L4ProxyProcess Launch(IReadOnlyList<string> arguments, IReadOnlyList<string>? prefix = null)
    {
        var folder = new TemporaryFolder();
        string program = Path.Combine(AppContext.BaseDirectory, "l4proxy.dll");
        var process = ChildProcess.Start([.. prefix ?? [], "dotnet", "exec", program, .. arguments, "--ready-file", folder["ready"]]);
        return new L4ProxyProcess(process, folder);
    }

    /// <summary>Waits until all listeners are open; fails, and ends what is left of the process, when it ends before.</summary>
    public async Task WaitUntilReadyAsync()
    {
        await Eventually.True(() => IsReady || Process.HasExited);
        if (Process.HasExited)
        {
            await DisposeAsync();
            Assert.Fail($"l4proxy did not start: {Process.Log}");
        }

        IReadOnlyList<ProxyListener> listeners = ReadListeners();
        Names = [.. listeners.Select(l => l.Name)];
        EndPoints = [.. listeners.Select(l => l.EndPoint)];
    }

    /// <summary>The listeners that the ready file has now.</summary>
    public IReadOnlyList<ProxyListener> ReadListeners() => [.. File.ReadLines(ReadyFile).Select(ProxyListener.Parse)];

    /// <summary>The first listener of a name, as soon as the ready file has it.</summary>
    public async Task<ProxyListener> WaitForListenerAsync(string name, Func<ProxyListener, bool>? where = null)
    {
        ProxyListener? found = null;
        await Eventually.True(
            () => (found = ReadListeners().FirstOrDefault(l => l.Name == name && (where is null || where(l)))) is not null,
            what: $"{name} in the ready file");
        return found!;
    }

    /// <summary>What <c>/metrics</c> says; needs <c>--metrics-bind-address</c>.</summary>
    /// <param name="inside">Where the process runs; null for the test's own network.</param>
    public async Task<MetricValues> ReadMetricsAsync(NetworkNamespace? inside = null)
    {
        IPEndPoint address = EndPointOf("metrics");
        HttpAnswer answer = await HttpAnswer.GetAsync(address, "/metrics", inside);
        Assert.Equal(200, answer.Status);
        return MetricValues.Parse(answer.Body);
    }

    /// <summary>Where a listener was when the process became ready.</summary>
    public IPEndPoint EndPointOf(string name) => EndPoints[Names.ToList().IndexOf(name)];

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
