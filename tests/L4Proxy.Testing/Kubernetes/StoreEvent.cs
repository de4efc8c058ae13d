namespace L4Proxy.Testing.Kubernetes;

/// <summary>One change of one object, and what watchers are told about it. The bytes are made once for all of them.</summary>
internal sealed class StoreEvent
{
    private readonly Lazy<byte[]> _added;
    private readonly Lazy<byte[]> _modified;
    private readonly Lazy<byte[]> _deleted;

    /// <param name="version">The resourceVersion of the change.</param>
    /// <param name="previous">The object before, null if it was created.</param>
    /// <param name="current">The object after, null if it was deleted.</param>
    public StoreEvent(long version, StoredObject? previous, StoredObject? current)
    {
        Version = version;
        Previous = previous;
        Current = current;
        _added = new(() => Line("ADDED", Current!));
        _modified = new(() => Line("MODIFIED", Current!));

        // The last state that the watcher was told, with the version of the change that took it away.
        _deleted = new(() => Line("DELETED", Previous!.WithVersion(Version)));
    }

    public long Version { get; }

    public StoredObject? Previous { get; }

    public StoredObject? Current { get; }

    public string Key => (Current ?? Previous)!.Key;

    /// <summary>The event for a watcher with these selectors; null if it is of no concern to it.</summary>
    public byte[]? LineFor(ObjectFilter filter)
    {
        bool before = Previous is not null && filter.Matches(Previous);
        bool after = Current is not null && filter.Matches(Current);
        return (before, after) switch
        {
            (false, true) => _added.Value,
            (true, true) => _modified.Value,
            (true, false) => _deleted.Value,
            _ => null,
        };
    }

    /// <summary>A line of a watch.</summary>
    public static byte[] Line(string type, StoredObject o) => Line(type, o.Whole());

    /// <summary>A line of a watch.</summary>
    public static byte[] Line(string type, ReadOnlySpan<byte> o) =>
        Bytes.Join(Bytes.Of($$"""{"type":"{{type}}","object":"""), o, "}\n"u8);
}
