using System.Runtime.InteropServices;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// Which objects of a scope exist, by name and version, so that a fresh list becomes the changes since the last one.
/// For one thread at a time.
/// </summary>
/// <param name="scope">What is watched.</param>
/// <param name="sink">Gets the changes.</param>
internal sealed class ObjectStore(ResourceScope scope, IObjectSink sink)
{
    private Dictionary<(string Namespace, string Name), Known> _known = [];

    /// <summary>Applies an event that is no bookmark and no error.</summary>
    public void Apply(WatchEventType type, DecodedObject decoded)
    {
        (string Namespace, string Name) key = KeyOf(decoded);
        if (!IsWanted(key.Name))
        {
            return;
        }

        if (type == WatchEventType.Deleted)
        {
            if (_known.Remove(key))
            {
                sink.Changed(new ObjectChange(ObjectChangeKind.Removed, IdOf(key)));
            }

            return;
        }

        ref Known known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, key, out _);
        bool hadGood = known.HasGood;
        known = new Known(decoded.Header.ResourceVersion, hadGood || decoded.Value is not null);
        sink.Changed(ChangeOf(key, decoded, hadGood));
    }

    /// <summary>
    /// Replaces all objects by those of a list. Those that are in both in the same version are no change, those that
    /// are gone are removed, all at once.
    /// </summary>
    /// <param name="list">All objects.</param>
    /// <param name="trustVersions">
    /// Whether an object of the same version is the same object: not so after the store went back in time (a backup),
    /// which gives versions out again.
    /// </param>
    public void Replace(IReadOnlyCollection<DecodedObject> list, bool trustVersions)
    {
        Dictionary<(string Namespace, string Name), Known> next = new(list.Count);
        List<ObjectChange> changes = [];
        foreach (DecodedObject decoded in list)
        {
            (string Namespace, string Name) key = KeyOf(decoded);
            if (!IsWanted(key.Name))
            {
                continue;
            }

            bool existed = _known.TryGetValue(key, out Known known);
            next[key] = new Known(decoded.Header.ResourceVersion, known.HasGood || decoded.Value is not null);
            if (!existed || !trustVersions || known.ResourceVersion != decoded.Header.ResourceVersion || known.ResourceVersion.Length == 0)
            {
                changes.Add(ChangeOf(key, decoded, known.HasGood));
            }
        }

        foreach ((string Namespace, string Name) gone in _known.Keys.Where(k => !next.ContainsKey(k)))
        {
            changes.Add(new ObjectChange(ObjectChangeKind.Removed, IdOf(gone)));
        }

        _known = next;
        sink.Listed(scope, changes);
    }

    private static (string Namespace, string Name) KeyOf(DecodedObject decoded) =>
        (decoded.Header.Metadata.Namespace, decoded.Header.Metadata.Name);

    private bool IsWanted(string name) => scope.Names is not { } names || names.Contains(name);

    private ObjectId IdOf((string Namespace, string Name) key) => new(scope.Kind.Kind, key.Namespace, key.Name);

    private ObjectChange ChangeOf((string Namespace, string Name) key, DecodedObject decoded, bool hadGood) => decoded.Value is { } value
        ? new ObjectChange(ObjectChangeKind.Set, IdOf(key)) { Value = value, Triggered = decoded.Header.Triggered }
        : new ObjectChange(ObjectChangeKind.Faulty, IdOf(key)) { Problem = ProblemOf(key, decoded.Mistake, hadGood) };

    private Problem ProblemOf((string Namespace, string Name) key, string? mistake, bool hadGood) => new()
    {
        Severity = ProblemSeverity.Error,
        Object = key.Name.Length == 0 ? scope.Kind.Kind
            : key.Namespace.Length == 0 ? $"{scope.Kind.Kind} {key.Name}"
            : IdOf(key).ToString(),
        Key = mistake is { Length: > 0 } ? mistake : null,
        Message = "not of the type that the API defines; " + (hadGood ? "the last good version stays in force" : "the object is left out"),
    };

    private readonly record struct Known(string ResourceVersion, bool HasGood);
}
