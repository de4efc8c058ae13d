using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using L4Proxy.ControlPlane.KernelRules;

namespace L4Proxy.Tests.KernelRules.Life;

/// <summary>A backend whose kernel is a variable, and that fails and waits as the test says.</summary>
internal sealed class FakeBackend(string name = "fake") : IRulesBackend
{
    private readonly Channel<string?> _removals = Channel.CreateUnbounded<string?>();
    private readonly ConcurrentQueue<string> _applied = new();
    private int _running;
    private int _waits;

    public string Name => name;

    /// <summary>What is in force: names of Service ports; null when nothing of ours is there.</summary>
    public ImmutableArray<string>? Kernel { get; set; }

    public ImmutableArray<string> Lacks { get; set; } = [];

    /// <summary>Messages of the next applications that fail.</summary>
    public Queue<string> Failures { get; } = new();

    /// <summary>Whether failures are somebody else's being busy.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Called before something is done, with what it is.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    /// <summary>What the next applications wait for.</summary>
    public Queue<Task> Gates { get; } = new();

    /// <summary>Why nothing can be removed.</summary>
    public string? CleanUpFailure { get; set; }

    /// <summary>Messages of the next removals that fail.</summary>
    public Queue<string> CleanUpFailures { get; } = new();

    /// <summary>What removals wait for.</summary>
    public Task CleanUpGate { get; set; } = Task.CompletedTask;

    /// <summary>What becomes of a probe instead of an answer.</summary>
    public Exception? ProbeFailure { get; set; }

    /// <summary>How often somebody asked to be told of removals.</summary>
    public int Waits => Volatile.Read(ref _waits);

    /// <summary>All applications, those that failed included: <c>full a b</c>, <c>partial a</c>.</summary>
    public IReadOnlyList<string> Applied => [.. _applied];

    public int Checks { get; private set; }

    public int CleanUps { get; private set; }

    public bool Disposed { get; private set; }

    public void RemoveByOthers(bool tell)
    {
        Kernel = null;
        _ = tell && _removals.Writer.TryWrite(null);
    }

    /// <summary>Who tells of removals ends.</summary>
    public void EndNews(string cause) => _removals.Writer.TryWrite(cause);

    public Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation) =>
        ProbeFailure is null ? Task.FromResult(Lacks) : Task.FromException<ImmutableArray<string>>(ProbeFailure);

    public ImmutableArray<RuleCount> Counts => Kernel is { } names ? [new RuleCount("IPv4", "nat", 10 * names.Length, names.Length)] : [];

    public string Plan(RulesState state) => string.Concat(Names(state).Select(n => n + "\n"));

    public async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            throw new InvalidOperationException("two transactions at once");
        }

        try
        {
            Before("apply");
            ImmutableArray<string> names = Names(state);
            _applied.Enqueue($"{(full ? "full" : "partial")} {string.Join(' ', names)}".TrimEnd());
            await (Gates.TryDequeue(out Task? gate) ? gate.WaitAsync(cancellation) : Task.CompletedTask);
            if (Failures.TryDequeue(out string? failure))
            {
                throw new RulesException(failure) { IsBusy = IsBusy };
            }

            Kernel = names;
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    public Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        Checks++;
        return Task.FromResult(Kernel is not null);
    }

    public async Task WaitForRemovalAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waits);
        if (await _removals.Reader.ReadAsync(cancellation) is { } cause)
        {
            throw new RulesException(cause);
        }
    }

    public Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation) => Task.FromResult(ImmutableArray<string>.Empty);

    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        Before("clean up");
        CleanUps++;
        await CleanUpGate.WaitAsync(cancellation);
        if (CleanUpFailures.TryDequeue(out string? failure))
        {
            throw new RulesException(failure) { IsBusy = IsBusy };
        }

        bool found = Kernel is not null;
        Kernel = CleanUpFailure is null ? null : throw new RulesException(CleanUpFailure);
        return found;
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private static ImmutableArray<string> Names(RulesState state) =>
        [.. state.Families.SelectMany(f => f.Services).Select(s => s.Key.Name).Distinct().Order(StringComparer.Ordinal)];
}
