using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A sorted list of entries that changes in a few places.</summary>
internal static class SortedEntries
{
    /// <summary>
    /// The list with changes made in it: copies of what lies between them, so that no key of it is compared that need not be.
    /// </summary>
    /// <param name="entries">Ordered by key.</param>
    /// <param name="changed">Keys of what was added, replaced or removed.</param>
    /// <param name="current">What is to be in the list.</param>
    public static ImmutableArray<ServiceEntry> Merge(
        ImmutableArray<ServiceEntry> entries, HashSet<ServicePortKey> changed, Dictionary<ServicePortKey, ServiceEntry> current)
    {
        if (changed.Count == 0)
        {
            return entries;
        }

        ServicePortKey[] keys = [.. changed];
        Array.Sort(keys);
        ImmutableArray<ServiceEntry>.Builder merged = ImmutableArray.CreateBuilder<ServiceEntry>(current.Count);
        int from = 0;
        foreach (ServicePortKey key in keys)
        {
            int at = Find(entries, from, key);
            merged.AddRange(entries.AsSpan()[from..at]);
            if (current.TryGetValue(key, out ServiceEntry? entry))
            {
                merged.Add(entry);
            }

            from = at < entries.Length && entries[at].Key == key ? at + 1 : at;
        }

        merged.AddRange(entries.AsSpan()[from..]);
        return merged.MoveToImmutable();
    }

    /// <summary>Index of the first entry whose key is not before the given one.</summary>
    private static int Find(ImmutableArray<ServiceEntry> entries, int from, ServicePortKey key)
    {
        int end = entries.Length;
        while (from < end)
        {
            int middle = (from + end) / 2;
            if (entries[middle].Key < key)
            {
                from = middle + 1;
            }
            else
            {
                end = middle;
            }
        }

        return from;
    }
}
