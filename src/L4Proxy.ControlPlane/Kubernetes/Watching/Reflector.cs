using L4Proxy.ControlPlane.Kubernetes.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// Keeps a copy of the objects of one scope: lists them, watches from there on, and lists again where the watch cannot
/// go on. What is known stays until a fresh list is complete.
/// </summary>
internal sealed class Reflector : IDisposable
{
    /// <summary>5 to 10 minutes, as client-go: spread, so that the watches of all nodes do not end together.</summary>
    private static readonly TimeSpan s_minWatch = TimeSpan.FromMinutes(5);

    /// <summary>A server that ends watches sooner is not asked again at once; client-go calls such a watch very short.</summary>
    private static readonly TimeSpan s_shortWatch = TimeSpan.FromSeconds(1);

    /// <summary>A watch that lives longer works, also when nothing happens in the cluster.</summary>
    private static readonly TimeSpan s_livedWatch = TimeSpan.FromSeconds(5);

    // So often may watches fail in a row without an event before the version that they start from is given up.
    private const int MaxVain = 3;

    private readonly ResourceScope _scope;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly TroubleLog _log;
    private readonly Backoff _backoff;
    private readonly ApiClient _client;
    private readonly ObjectDecoder _decoder;
    private readonly ObjectStore _store;
    private CancellationTokenSource _generation = new();
    private string? _version;
    private string? _lastVersion;
    private bool _watchList = true;
    private int _brokenInitials;
    private int _failures;
    private int _expired;
    private int _vain;
    private TimeSpan _silent;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="scope">What to watch.</param>
    /// <param name="api">The way to the API server.</param>
    /// <param name="sink">Gets the changes.</param>
    /// <param name="log">Hears of failures and recoveries.</param>
    /// <param name="time">Clock of deadlines and waits.</param>
    /// <param name="random">Spreads waits and lengths of watches; used by this reflector alone.</param>
    public Reflector(ResourceScope scope, IApiConnection api, IObjectSink sink, TroubleLog log, TimeProvider time, Random random)
    {
        _scope = scope;
        _time = time;
        _random = random;
        _log = log;
        _backoff = new Backoff(random);
        _client = new ApiClient(api, scope, time);
        _decoder = new ObjectDecoder(scope.Kind);
        _store = new ObjectStore(scope, sink);
    }

    /// <summary>Lists afresh at once, whatever is going on. Any thread may ask.</summary>
    public void RequestList()
    {
        try
        {
            Interlocked.Exchange(ref _generation, new CancellationTokenSource()).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // A signal to reload that came while the process was already leaving.
        }
    }

    public void Dispose() => _generation.Dispose();

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        CancellationTokenSource? last = null;
        while (!stop.IsCancellationRequested)
        {
            CancellationTokenSource generation = Volatile.Read(ref _generation);
            if (generation != last)
            {
                last = generation;
                _version = null;
                _failures = 0;
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, generation.Token);
            try
            {
                TimeSpan wait = await StepAsync(either.Token);
                if (wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, _time, either.Token);
                }
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                // Asked to stop, or to list afresh.
            }
        }
    }

    /// <summary>Lists or watches once, and says how long to wait before the next step.</summary>
    private Task<TimeSpan> StepAsync(CancellationToken cancellation) =>
        _version is null && !_watchList ? ListAsync(cancellation) : WatchAsync(cancellation);

    private async Task<TimeSpan> ListAsync(CancellationToken cancellation)
    {
        try
        {
            (List<DecodedObject> objects, string version) = await new PagedList(_client, _decoder, _time).ReadAsync(cancellation);
            _store.Replace(objects, ResourceVersions.IsNotBefore(version, _lastVersion));
            _version = _lastVersion = version;
            _log.Succeeded(_scope, body: true);
            return TimeSpan.Zero;
        }
        catch (ApiFailureException e)
        {
            return AfterFailure(e);
        }
    }

    private async Task<TimeSpan> WatchAsync(CancellationToken cancellation)
    {
        TimeSpan asked = s_minWatch * (1 + _random.NextDouble());
        WatchRun watch = new(_client, _scope, _decoder, _store, _time)
        {
            OnOpened = () => _log.Succeeded(_scope, body: false),
            OnDelivered = () => _log.Succeeded(_scope, body: true),
        };
        bool isInitial = _version is null;
        try
        {
            await (isInitial ? watch.ListAndFollowAsync(_lastVersion, asked, cancellation) : watch.FollowAsync(_version!, asked, cancellation));
            Learn(watch);
            return AfterEnd(watch);
        }
        catch (ApiFailureException e)
        {
            Learn(watch);
            return isInitial && watch.Version is null && IsWatchListAtFault(e) ? TimeSpan.Zero : AfterFailure(e, watch);
        }
    }

    /// <summary>
    /// Takes over how far a watch got, also when it failed afterwards. One that the server ends with an error soon after its
    /// initial events is no success: all objects would be asked for again and again without a wait.
    /// </summary>
    private void Learn(WatchRun watch)
    {
        _version = watch.Version ?? _version;
        _lastVersion = _version ?? _lastVersion;
        _silent = watch.Delivered ? TimeSpan.Zero : _silent + watch.Lived;
        if ((watch.Delivered && !watch.EndedByError) || (watch.Opened && watch.Lived >= s_livedWatch))
        {
            _failures = _expired = _vain = 0;
        }
    }

    /// <summary>
    /// Bookmarks come every minute and before the end of a watch. When none came for as long as a watch lasts, the
    /// server may wait for a version that it will not have for long: it was restored from a backup.
    /// </summary>
    private TimeSpan AfterEnd(WatchRun watch)
    {
        if (_silent >= s_minWatch)
        {
            _version = null;
            _silent = TimeSpan.Zero;
        }

        return watch.Lived >= s_shortWatch ? TimeSpan.Zero : _backoff.Next(++_failures);
    }

    /// <summary>
    /// Whether to list page by page from now on: the server does not know what was asked for, or has not brought its
    /// initial events to an end twice.
    /// </summary>
    private bool IsWatchListAtFault(ApiFailureException e)
    {
        bool atFault = e.Kind == FailureKind.NotUnderstood || (e.Kind == FailureKind.BrokenAnswer && ++_brokenInitials >= 2);
        _watchList &= !atFault;
        return atFault;
    }

    private TimeSpan AfterFailure(ApiFailureException e, WatchRun? watch = null)
    {
        if (e.Kind == FailureKind.Expired)
        {
            // Nothing is wrong the first time: a version is compacted away after some minutes.
            _version = null;
            return _expired++ == 0 ? TimeSpan.Zero : Wait(e, _expired - 1);
        }

        if (e.Kind == FailureKind.Forbidden && _scope.IsOptional && _lastVersion is null)
        {
            _store.Replace([], trustVersions: false);
        }

        bool blamesVersion = e.Kind is FailureKind.NotFound or FailureKind.NotUnderstood or FailureKind.ServerError or FailureKind.BrokenAnswer;
        if (blamesVersion && (watch is { EndedByError: true } || ++_vain >= MaxVain))
        {
            _version = null;
            _vain = 0;
        }

        // A stream that breaks now and then is daily life: what it had delivered counts.
        if (e.Kind != FailureKind.BrokenAnswer || _failures > 0)
        {
            _log.Failed(_scope, e);
        }

        return Wait(e, ++_failures);
    }

    private TimeSpan Wait(ApiFailureException e, int failures)
    {
        TimeSpan wait = _backoff.Next(failures);
        return e.RetryAfter is { } asked && asked > wait ? asked : wait;
    }
}
