using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>A proxy that runs in processes of its own, configured by files.</summary>
internal abstract class PeerSubject(SubjectKind kind, Workspace workspace) : ISubject
{
    /// <summary>A start of any of these programs takes far less than a second; a thousand listeners, some.</summary>
    protected static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <summary>For what a proxy sets apart for each connection from the start: both sides of the most that any scenario opens, 10,000, and to spare.</summary>
    private const long MostConnections = 32_768;

    /// <summary>A start may take a few milliseconds, and nothing is measured meanwhile that asking could disturb.</summary>
    private static readonly TimeSpan s_startInterval = TimeSpan.FromMilliseconds(2);

    /// <summary>A change takes 100 ms with those that are asked again and again, and asking takes processor time from what is measured.</summary>
    private static readonly TimeSpan s_changeInterval = TimeSpan.FromMilliseconds(5);

    private PeerProcess? _process;

    public string Name => kind.Name;

    public string Version => kind.Version;

    public string CommandLine => string.Join(' ', Command);

    public ImmutableSortedDictionary<string, string> Configuration { get; private set; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<int> ProcessIds => _process is { } process ? ProcessTree.Of(process.Id) : [];

    protected abstract ImmutableArray<string> Command { get; }

    /// <summary>What asks it to end without cutting connections short, as its service manager does.</summary>
    protected abstract int StopSignal { get; }

    /// <summary>Where its files are.</summary>
    protected string Folder { get; } = workspace.NewFolder(kind.Name);

    protected Workspace Workspace => workspace;

    protected PeerProcess Process => _process ?? throw new InvalidOperationException($"{Name} is not started.");

    /// <summary>What is in force.</summary>
    protected ImmutableArray<SubjectListener> Listeners { get; private set; } = [];

    public async Task StartAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation)
    {
        Listeners = listeners;
        WriteConfiguration(listeners);
        _process = PeerProcess.Start(workspace, StopSignal, Command);
        await WaitUntilAsync(IsReadyAsync, s_startInterval, cancellation);
    }

    public async Task ChangeAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation)
    {
        if (!SubjectListener.AreSame(Listeners, listeners))
        {
            WriteConfiguration(listeners);
            await ApplyAsync(Listeners, listeners, cancellation);
            Listeners = listeners;
        }
    }

    public IPEndPoint Target(SubjectListener listener) => listener.Address;

    public async Task<long> StopAsync()
    {
        if (_process is not { } process)
        {
            return Stopwatch.GetTimestamp();
        }

        await process.DisposeAsync();
        _process = null;
        return process.ToldToEnd;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();

        // Logs and sockets of thousands of changes are not to pile up.
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Writes the files for some listeners, whether it runs or not.</summary>
    protected abstract void WriteConfiguration(ImmutableArray<SubjectListener> listeners);

    /// <summary>Puts what has been written in force; returns when it is.</summary>
    protected abstract Task ApplyAsync(
        ImmutableArray<SubjectListener> before, ImmutableArray<SubjectListener> after, CancellationToken cancellation);

    /// <summary>Whether it accepts on all listeners: all of these programs open all of them before they accept on any.</summary>
    protected virtual Task<bool> IsReadyAsync(CancellationToken cancellation) => AcceptsAsync(Listeners[^1].Address, cancellation);

    /// <summary>Asks again and again whether a change is in force.</summary>
    /// <exception cref="LoadException">It ended, or takes too long.</exception>
    protected Task WaitUntilAsync(Func<CancellationToken, Task<bool>> condition, CancellationToken cancellation) =>
        WaitUntilAsync(condition, s_changeInterval, cancellation);

    private async Task WaitUntilAsync(Func<CancellationToken, Task<bool>> condition, TimeSpan interval, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition(cancellation))
        {
            if (Process.HasExited)
            {
                throw new LoadException($"{Name} ended by itself: {Process.LastWords}");
            }

            if (Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new LoadException($"{Name} does not get ready within {StartLimit.TotalSeconds} s: {Process.LastWords}");
            }

            await Task.Delay(interval, cancellation);
        }
    }

    protected void Fill(string template, string file, ImmutableArray<SubjectListener> listeners, params ReadOnlySpan<(string, string)> values)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            ["DIR"] = Folder,
            ["CORES"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["CONNECTIONS"] = Math.Min(OpenFiles.Limit, MostConnections).ToString(CultureInfo.InvariantCulture),
            ["FILES"] = OpenFiles.Limit.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string name, string value) in values)
        {
            all[name] = value;
        }

        // Renamed into place: whoever watches it never sees a part.
        string path = Path.Combine(Folder, file);
        string content = PeerTemplate.Read(template).Fill(listeners, all);
        Configuration = Configuration.SetItem(file, content);
        File.WriteAllText(path + "~", content);
        File.Move(path + "~", path, overwrite: true);
    }

    private static async Task<bool> AcceptsAsync(IPEndPoint address, CancellationToken cancellation)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
