namespace L4Proxy.Testing.Processes;

/// <summary>A network namespace with nothing but a loopback interface, made and removed by the test. Needs root.</summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    /// <summary>Once per process, before its first namespace.</summary>
    private static readonly Task s_removingStale = RemoveStaleAsync();

    private readonly Lazy<NamespaceThread> _thread;

    private NetworkNamespace(string name)
    {
        Name = name;
        _thread = new Lazy<NamespaceThread>(() => new NamespaceThread(name));
    }

    public string Name { get; }

    /// <summary>What to put before a command line to run it inside.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", Name];

    public static async Task<NetworkNamespace> CreateAsync() => (await CreateAsync(1))[0];

    /// <summary>Makes several at once, which takes little longer than one.</summary>
    public static async Task<IReadOnlyList<NetworkNamespace>> CreateAsync(int count)
    {
        Requires.Root();
        Requires.Program("ip");
        await s_removingStale;
        NetworkNamespace[] spaces = [.. Enumerable.Range(0, count).Select(_ => new NetworkNamespace(NamespaceName.Next()))];
        await ChildProcess.RunWithInputAsync(string.Concat(spaces.Select(s => $"netns add {s.Name}\n")), "ip", "-batch", "-");
        foreach (NetworkNamespace space in spaces)
        {
            await space.ConfigureAsync("link set lo up\n");
        }

        return spaces;
    }

    /// <summary>Runs a command inside, to its end, which must be a success.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public Task<string> RunAsync(params IReadOnlyList<string> command) => ChildProcess.RunAsync([.. Prefix, .. command]);

    /// <summary>Runs a command that reads something inside, to its end, which must be a success.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public Task<string> RunWithInputAsync(string input, params IReadOnlyList<string> command) => ChildProcess.RunWithInputAsync(input, [.. Prefix, .. command]);

    /// <summary>Runs lines of <c>ip -batch</c> inside, such as <c>link set eth0 up</c>; all must succeed.</summary>
    public Task ConfigureAsync(string lines) => ChildProcess.RunWithInputAsync(lines, "ip", "-n", Name, "-batch", "-");

    /// <summary>Sets a sysctl of the network, such as <c>net/ipv4/ip_forward</c>.</summary>
    public void SetSysctl(string name, string value) => Inside(() =>
    {
        File.WriteAllText($"/proc/sys/{name}", value);
        return true;
    });

    /// <summary>
    /// Runs something inside. A socket belongs for ever to the namespace of the thread that makes it, so what makes
    /// the sockets must run before the first wait.
    /// </summary>
    public Task<T> InsideAsync<T>(Func<Task<T>> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        return _thread.Value.StartAsync(make);
    }

    public T Inside<T>(Func<T> make) => InsideAsync(() => Task.FromResult(make())).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_thread.IsValueCreated)
        {
            _thread.Value.Dispose();
        }

        await ChildProcess.RunAsync("ip", "netns", "delete", Name);
    }

    /// <summary>What a killed test has left: its namespaces, and the programs that it started in them.</summary>
    private static async Task RemoveStaleAsync()
    {
        foreach (string name in NamespaceName.Stale())
        {
            await using ChildProcess removal = ChildProcess.Start("sh", "-c", $"ip netns pids {name} | xargs -r kill -9; ip netns delete {name}");

            // Another suite may remove it at the same time.
            await removal.WaitForExitAsync();
        }
    }
}
