namespace L4Proxy.Testing.Kubernetes;

/// <summary>One change of one object, and what watchers are told about it. The bytes are made once for all of them.</summary>
/// <param name="version">The resourceVersion of the change.</param>
/// <param name="previous">The object before, null if it was created.</param>
/// <param name="current">The object after, null if it was deleted.</param>
internal sealed class StoreEvent(long version, StoredObject? previous, StoredObject? current)
{
    // Two watchers that need a line at the same moment may both make it: the same bytes.
    private byte[]? _added;
    private byte[]? _modified;
    private byte[]? _deleted;

    public long Version { get; } = version;

    public StoredObject? Previous { get; } = previous;

    public StoredObject? Current { get; } = current;

    public string Key => (Current ?? Previous)!.Key;

    /// <summary>The event for a watcher with these selectors; null if it is of no concern to it.</summary>
    public byte[]? LineFor(ObjectFilter filter)
    {
        bool before = Previous is not null && filter.Matches(Previous);
        bool after = Current is not null && filter.Matches(Current);
        return (before, after) switch
        {
            (false, true) => _added ??= Line("ADDED", Current!),
            (true, true) => _modified ??= Line("MODIFIED", Current!),

            // The last state that the watcher was told, with the version of the change that took it away.
            (true, false) => _deleted ??= Line("DELETED", Previous!.WithVersion(Version)),
            _ => null,
        };
    }

    /// <summary>A line of a watch.</summary>
    public static byte[] Line(string type, StoredObject o) => Line(type, o.Whole());

    /// <summary>A line of a watch.</summary>
    public static byte[] Line(string type, ReadOnlySpan<byte> o) =>
        Bytes.Join(Bytes.Of($$"""{"type":"{{type}}","object":"""), o, "}\n"u8);
}
