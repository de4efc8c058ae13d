using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.ControlPlane.Translation;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes;

/// <summary>
/// The table from the Services and EndpointSlices of a cluster, followed as they change. While the API server is away
/// the last table stays in force.
/// </summary>
public sealed class KubernetesSource : ITableSource
{
    // A change has to be in force within 10 ms of its arrival, and within 50 ms under a storm. Those of one rollout
    // step arrive within a millisecond of each other.
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromMilliseconds(20);

    private readonly IHostAddresses _host;
    private readonly ISyncObserver? _observer;
    private readonly Coalescer _changes;
    private readonly DeltaQueue _queue;
    private readonly LiveState _state;
    private readonly PendingChanges _pending;
    private readonly ImmutableArray<Reflector> _reflectors;
    private int _watching;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="api">The way to the API server; stays the caller's to dispose of.</param>
    /// <param name="options">What to watch.</param>
    /// <param name="host">Which addresses this host has.</param>
    /// <param name="time">Clock of deadlines, waits and delays.</param>
    /// <param name="logger">Hears once of each trouble and of its end.</param>
    /// <param name="observer">Follows whether changes get into force.</param>
    public KubernetesSource(
        IApiConnection api,
        KubernetesSourceOptions options,
        IHostAddresses host,
        TimeProvider time,
        ILogger<KubernetesSource> logger,
        ISyncObserver? observer = null)
        : this(api, options, host, time, logger, observer, static () => new Random())
    {
    }

    /// <summary>Asks nothing yet.</summary>
    /// <param name="random">Makes what spreads waits and lengths of watches.</param>
    internal KubernetesSource(
        IApiConnection api,
        KubernetesSourceOptions options,
        IHostAddresses host,
        TimeProvider time,
        ILogger<KubernetesSource> logger,
        ISyncObserver? observer,
        Func<Random> random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _observer = observer;
        _changes = new Coalescer(time, s_quiet, s_maxDelay);
        _queue = new DeltaQueue(OnQueued);
        ImmutableArray<ResourceScope> scopes = ScopePlan.Of(options);
        _state = new LiveState(options, scopes, host);
        _pending = new PendingChanges(time.GetUtcNow());
        TroubleLog log = new(logger, time);
        _reflectors = [.. scopes.Select(scope => new Reflector(scope, api, _queue, log, time, random()))];
        _host.Changed += OnAddressesChanged;
    }

    /// <summary>Lists everything once, to show or check what would be served.</summary>
    /// <param name="api">The way to the API server.</param>
    /// <param name="options">What to list.</param>
    /// <param name="host">Which addresses this host has.</param>
    /// <param name="deadline">Longest time for all of it.</param>
    /// <param name="time">Clock of the deadline.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="KubernetesSourceException">A list could not be read in time.</exception>
    public static Task<SourceSnapshot> LoadOnceAsync(
        IApiConnection api,
        KubernetesSourceOptions options,
        IHostAddresses host,
        TimeSpan deadline,
        TimeProvider time,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        return SingleLoad.RunAsync(api, options, host, deadline, time, cancellation);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The source is being watched already.</exception>
    public async IAsyncEnumerable<SourceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _watching, 1) != 0)
        {
            throw new InvalidOperationException("A Kubernetes source can be watched once.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. _reflectors.Select(reflector => Task.Run(() => reflector.RunAsync(stop.Token), CancellationToken.None))];
        Task<Task> failed = Task.WhenAny(running);
        SourceSnapshot? current = null;
        try
        {
            while (true)
            {
                Task<bool> due = _changes.WaitAsync(cancellation).AsTask();
                if (await Task.WhenAny(due, failed) == failed)
                {
                    cancellation.ThrowIfCancellationRequested();
                    await await failed;
                }

                await due;
                if (Next(current) is { } next)
                {
                    current = next;
                    yield return next;
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void RequestReload()
    {
        foreach (Reflector reflector in _reflectors)
        {
            reflector.RequestList();
        }
    }

    public ValueTask DisposeAsync()
    {
        _host.Changed -= OnAddressesChanged;
        _changes.Dispose();
        foreach (Reflector reflector in _reflectors)
        {
            reflector.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private void OnAddressesChanged(object? sender, EventArgs e) => _changes.Signal();

    private void OnQueued()
    {
        _observer?.Queued();
        _changes.Signal();
    }

    /// <summary>Applies what is queued; null when nothing that is served has changed.</summary>
    private SourceSnapshot? Next(SourceSnapshot? current)
    {
        DeltaBatch batch = _queue.Drain();
        _pending.Add(batch);
        _state.Apply(batch);
        if (!_state.IsComplete)
        {
            // Nothing can get into force yet, which is no delay of a change.
            _observer?.Unchanged();
            return null;
        }

        SourceSnapshot next = _state.Build();
        if (current is not null && SnapshotComparer.Instance.Equals(current, next))
        {
            _observer?.Unchanged();
            return null;
        }

        return next with { Changes = _pending.Take() };
    }
}
