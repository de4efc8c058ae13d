using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Sync;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// The table from manifest files, read again when they change. What was good of a file or an object that has turned
/// bad stays in force; a file that is gone takes its objects along.
/// </summary>
public sealed class ManifestSource : ITableSource
{
    // Together well below the second in which a change has to apply: an editor's several writes to one file are
    // milliseconds apart, and what no event tells is found at the next poll.
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);

    private readonly ManifestSourceOptions _options;
    private readonly ManifestSet _set;
    private readonly ServiceTranslator _translator;
    private readonly IHostAddresses _host;
    private readonly ResolvedNames _names;
    private readonly TimeProvider _time;
    private readonly Coalescer _changes;
    private int _readAll;
    private int _watching;

    /// <summary>Reads nothing yet.</summary>
    /// <param name="options">What to read.</param>
    /// <param name="host">Which addresses this host has.</param>
    /// <param name="names">Follows the names of Services of type ExternalName; stays the caller's to dispose of.</param>
    /// <param name="time">Clock of delays and polls.</param>
    public ManifestSource(ManifestSourceOptions options, IHostAddresses host, ResolvedNames names, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _host = host;
        _names = names;
        _time = time;
        _set = new ManifestSet(options.Paths, time);
        _translator = new ServiceTranslator(options.Translation, host, names);
        _changes = new Coalescer(time, s_quiet, s_maxDelay);
        _names.Changed += OnSurroundingsChanged;
        _host.Changed += OnSurroundingsChanged;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The source is being watched already.</exception>
    public async IAsyncEnumerable<SourceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _watching, 1) != 0)
        {
            throw new InvalidOperationException("A manifest source can be watched once.");
        }

        // Watches first: a change during the first load is then a change after it.
        using ManifestWatcher watcher = new(_options.Paths, OnFilesChanged);
        SourceSnapshot current = Load();
        yield return current;

        using PeriodicTimer poll = new(s_poll, _time);
        Task<bool> tick = poll.WaitForNextTickAsync(cancellation).AsTask();
        Task<bool> due = _changes.WaitAsync(cancellation).AsTask();
        while (true)
        {
            await await Task.WhenAny(tick, due);
            if (tick.IsCompleted)
            {
                tick = poll.WaitForNextTickAsync(cancellation).AsTask();
                if (_set.IsStale())
                {
                    _changes.Signal();
                }
            }

            if (due.IsCompleted)
            {
                due = _changes.WaitAsync(cancellation).AsTask();
                SourceSnapshot next = Load();
                if (!SnapshotComparer.Instance.Equals(current, next))
                {
                    current = next;
                    yield return current;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void RequestReload()
    {
        Volatile.Write(ref _readAll, 1);
        _changes.SignalNow();
    }

    public ValueTask DisposeAsync()
    {
        _names.Changed -= OnSurroundingsChanged;
        _host.Changed -= OnSurroundingsChanged;
        _changes.Dispose();
        return ValueTask.CompletedTask;
    }

    private void OnSurroundingsChanged(object? sender, EventArgs e) => _changes.Signal();

    private void OnFilesChanged()
    {
        Volatile.Write(ref _readAll, 1);
        _changes.Signal();
    }

    private SourceSnapshot Load()
    {
        _set.Refresh(readAll: Interlocked.Exchange(ref _readAll, 0) != 0);
        _names.Follow(_set.Objects.ExternalNames);
        TranslationResult result = _translator.Translate(_set.Objects);
        return result.ToSnapshot() with { Problems = [.. _set.Problems, .. result.Problems] };
    }
}
