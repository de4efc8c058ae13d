using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>
/// The objects and their history, as the API server has them from its storage: one counter of resourceVersions for
/// all resources, and a log of changes for each, from which watches start and earlier states are told.
/// </summary>
internal sealed class ObjectStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KubeResource, ResourceHistory> _histories;
    private readonly ObjectDefaults _defaults = new();
    private readonly int _historyLimit;
    private long _version;

    /// <param name="firstVersion">Where the counter starts; a real cluster never starts at nothing.</param>
    /// <param name="historyLimit">Changes kept for each resource; older ones are compacted away.</param>
    public ObjectStore(long firstVersion, int historyLimit)
    {
        _version = firstVersion;
        _historyLimit = historyLimit;
        _histories = KubeResource.All.ToDictionary(r => r, _ => new ResourceHistory(firstVersion));
    }

    /// <summary>The version of the last change of any object.</summary>
    public long Version
    {
        get
        {
            lock (_gate)
            {
                return _version;
            }
        }
    }

    public StoredObject? Find(KubeResource resource, string? ns, string name)
    {
        lock (_gate)
        {
            return _histories[resource].Current.GetValueOrDefault(StoredObject.KeyOf(ns, name));
        }
    }

    /// <summary>Creates the object, or replaces all of it but what the server fills in.</summary>
    public StoredObject Apply(JsonObject json)
    {
        KubeResource resource = KubeResource.OfKind((string?)json["apiVersion"], (string?)json["kind"]);
        lock (_gate)
        {
            string key = _defaults.KeyOf(resource, json);
            return Put(resource, json, _histories[resource].Current.GetValueOrDefault(key));
        }
    }

    /// <exception cref="ApiException">The object exists.</exception>
    public StoredObject Create(KubeResource resource, JsonObject json)
    {
        lock (_gate)
        {
            string key = _defaults.KeyOf(resource, json);
            return _histories[resource].Current.TryGetValue(key, out StoredObject? existing)
                ? throw ApiException.AlreadyExists(resource, existing.Name)
                : Put(resource, json, existing: null);
        }
    }

    /// <summary>Changes an object: the function gets a copy and returns what to store.</summary>
    /// <exception cref="ApiException">No such object, or the change was made from another version.</exception>
    public StoredObject Update(KubeResource resource, string? ns, string name, Func<JsonObject, JsonObject> change)
    {
        lock (_gate)
        {
            StoredObject existing = Existing(resource, ns, name);
            JsonObject json = change(existing.ToJson());
            string? from = (string?)json["metadata"]?["resourceVersion"];
            return string.IsNullOrEmpty(from) || from == existing.Version.ToString()
                ? Put(resource, json, existing)
                : throw ApiException.Conflict(resource, name);
        }
    }

    /// <exception cref="ApiException">No such object.</exception>
    public StoredObject Delete(KubeResource resource, string? ns, string name)
    {
        lock (_gate)
        {
            StoredObject existing = Existing(resource, ns, name);
            Commit(resource, new StoreEvent(++_version, existing, current: null));
            return existing;
        }
    }

    /// <summary>The objects of a resource as they are, or as they were at an earlier version that is still known.</summary>
    /// <exception cref="ApiException">The version is compacted or has not been reached.</exception>
    public ResourceState ReadState(KubeResource resource, long? version = null)
    {
        lock (_gate)
        {
            if (version > _version)
            {
                throw ApiException.FutureVersion(version.Value, _version);
            }

            ResourceHistory history = _histories[resource];
            if (version < history.Compacted)
            {
                throw ApiException.Expired("The resourceVersion for the provided list is too old.");
            }

            return version is null ? new(_version, history.Current) : new(version.Value, history.At(version.Value));
        }
    }

    /// <summary>Starts a watch.</summary>
    /// <param name="resource">What to watch.</param>
    /// <param name="from">The version after which changes are told; null for all objects that exist first.</param>
    /// <param name="filter">Selection.</param>
    /// <exception cref="ApiException">The version is compacted.</exception>
    public WatchSubscription Watch(KubeResource resource, long? from, ObjectFilter filter)
    {
        lock (_gate)
        {
            ResourceHistory history = _histories[resource];
            if (from < history.WatchableFrom)
            {
                throw ApiException.TooOld(from.Value, history.WatchableFrom);
            }

            WatchSubscription watch = new(resource, filter, from ?? _version)
            {
                Initial = from is null ? [.. history.Current.Values.Where(filter.Matches)] : [],
            };
            history.Replay(watch);
            history.Watches.Add(watch);
            return watch;
        }
    }

    public void End(WatchSubscription watch)
    {
        lock (_gate)
        {
            _histories[watch.Resource].Watches.Remove(watch);
        }
    }

    /// <summary>Tells a watch up to which version it has seen everything.</summary>
    public void PostBookmark(WatchSubscription watch)
    {
        lock (_gate)
        {
            if (watch.From <= _version)
            {
                watch.PostBookmark(Math.Max(watch.From, _histories[watch.Resource].LastVersion));
            }
        }
    }

    public IReadOnlyList<WatchSubscription> Watches(KubeResource? resource)
    {
        lock (_gate)
        {
            return [.. _histories.Where(h => resource is null || h.Key == resource).SelectMany(h => h.Value.Watches)];
        }
    }

    /// <summary>Forgets all versions before the present one.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            foreach (ResourceHistory history in _histories.Values)
            {
                history.Compact(_version);
            }
        }
    }

    /// <summary>Forgets the changes that watches could start from; the storage still knows them, for lists.</summary>
    public void ForgetWatchable()
    {
        lock (_gate)
        {
            foreach (ResourceHistory history in _histories.Values)
            {
                history.ForgetWatchable(_version);
            }
        }
    }

    /// <summary>What a later <see cref="Restore"/> comes back to.</summary>
    public StoreBackup Backup()
    {
        lock (_gate)
        {
            return new StoreBackup(_version, _histories.ToDictionary(h => h.Key, h => h.Value.Current));
        }
    }

    /// <summary>
    /// Goes back to an earlier state, resourceVersions included, as after the storage was restored from a backup.
    /// Running watches are not told: in a real cluster the servers are down meanwhile.
    /// </summary>
    public void Restore(StoreBackup backup)
    {
        lock (_gate)
        {
            _version = backup.Version;
            foreach ((KubeResource resource, ImmutableSortedDictionary<string, StoredObject> objects) in backup.Objects)
            {
                _histories[resource].Reset(objects, _version);
            }
        }
    }

    /// <summary>Numbers all objects anew from 1, as in a cluster that was built again from manifests.</summary>
    public void ResetVersions()
    {
        lock (_gate)
        {
            _version = 0;
            foreach (ResourceHistory history in _histories.Values)
            {
                var renumbered = history.Current.ToBuilder();
                foreach ((string key, StoredObject o) in history.Current)
                {
                    renumbered[key] = o.WithVersion(++_version);
                }

                history.Reset(renumbered.ToImmutable(), _version);
            }
        }
    }

    private StoredObject Existing(KubeResource resource, string? ns, string name) =>
        _histories[resource].Current.GetValueOrDefault(StoredObject.KeyOf(ns, name)) ?? throw ApiException.NotFound(resource, name);

    private StoredObject Put(KubeResource resource, JsonObject json, StoredObject? existing)
    {
        if (!_defaults.Complete(resource, json, existing, _version + 1))
        {
            return existing!;
        }

        StoredObject stored = StoredObject.From(resource, json);
        Commit(resource, new StoreEvent(++_version, existing, stored));
        return stored;
    }

    private void Commit(KubeResource resource, StoreEvent change)
    {
        ResourceHistory history = _histories[resource];
        history.Add(change);
        if (history.Count > _historyLimit)
        {
            // Half at once, for the cost of moving the rest.
            history.CompactOldest(_historyLimit / 2);
        }
    }
}
