using System.Collections.Immutable;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The present state of one resource, the changes that led to it, and who is told of the next ones. The store locks it.</summary>
internal sealed class ResourceHistory(long version)
{
    private readonly List<StoreEvent> _log = [];

    public ImmutableSortedDictionary<string, StoredObject> Current { get; private set; } =
        ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    public List<WatchSubscription> Watches { get; } = [];

    /// <summary>The oldest version of which everything later is known.</summary>
    public long Compacted { get; private set; } = version;

    /// <summary>The oldest version that watches can start from; lists may go further back.</summary>
    public long WatchableFrom { get; private set; } = version;

    /// <summary>The version of the last change of this resource.</summary>
    public long LastVersion { get; private set; } = version;

    public int Count => _log.Count;

    public void Add(StoreEvent change)
    {
        Current = change.Current is null ? Current.Remove(change.Key) : Current.SetItem(change.Key, change.Current);
        LastVersion = change.Version;
        _log.Add(change);
        foreach (WatchSubscription watch in Watches)
        {
            watch.Post(change);
        }
    }

    /// <summary>The state at an earlier version: the changes since then undone.</summary>
    public ImmutableSortedDictionary<string, StoredObject> At(long version)
    {
        ImmutableSortedDictionary<string, StoredObject> state = Current;
        for (int i = _log.Count - 1; i >= 0 && _log[i].Version > version; i--)
        {
            StoreEvent change = _log[i];
            state = change.Previous is null ? state.Remove(change.Key) : state.SetItem(change.Key, change.Previous);
        }

        return state;
    }

    /// <summary>Tells a new watch what happened since the version that it starts from.</summary>
    public void Replay(WatchSubscription watch)
    {
        int first = _log.Count;
        while (first > 0 && _log[first - 1].Version > watch.From)
        {
            first--;
        }

        foreach (StoreEvent change in _log.Skip(first))
        {
            watch.Post(change);
        }
    }

    public void Compact(long version)
    {
        _log.RemoveAll(e => e.Version <= version);
        Compacted = version;
        WatchableFrom = version;
    }

    /// <summary>Watches can start from this version on.</summary>
    public void ForgetWatchable(long version) => WatchableFrom = version;

    public void CompactOldest(int count)
    {
        Compacted = _log[count - 1].Version;
        WatchableFrom = Math.Max(WatchableFrom, Compacted);
        _log.RemoveRange(0, count);
    }

    public void Reset(ImmutableSortedDictionary<string, StoredObject> objects, long version)
    {
        _log.Clear();
        Current = objects;
        Compacted = version;
        WatchableFrom = version;
        LastVersion = version;
    }
}
