using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>
/// What differs between the table in force and the next one. Both are ordered by key, so one walk over the two finds it;
/// entries that are the same object are passed by with one comparison, since large tables seldom change in more than a few.
/// </summary>
internal sealed class TableChange
{
    private readonly ImmutableArray<ServiceEntry> _after;
    private ServedService[]? _merged;

    private TableChange(ImmutableArray<ServiceEntry> after)
    {
        _after = after;
    }

    /// <summary>Service ports that are no longer in the table.</summary>
    public List<ServedService> Gone { get; } = [];

    /// <summary>Service ports whose entry is another one now.</summary>
    public List<(ServedService Service, ServiceEntry Entry)> Changed { get; } = [];

    /// <summary>Service ports that have just appeared; they have their entry.</summary>
    public List<ServedService> Added { get; } = [];

    /// <summary>All Service ports of the next table in its order; null when they are the same as before.</summary>
    public ServedService[]? Services => _merged;

    /// <param name="served">The Service ports that are served now.</param>
    /// <param name="before">Their entries as the table in force has them, in the same order; default to take all for changed.</param>
    /// <param name="after">The next table.</param>
    /// <param name="context">For Service ports that appear.</param>
    /// <exception cref="ArgumentException">The next table is not ordered by key, or has a key twice.</exception>
    public static TableChange Between(
        ServedService[] served, ImmutableArray<ServiceEntry> before, ImmutableArray<ServiceEntry> after, ServingContext context)
    {
        TableChange change = new(after);
        int old = 0;
        for (int i = 0; i < after.Length; i++)
        {
            ServiceEntry entry = after[i];
            if (!IsSame(old, entry))
            {
                while (old < served.Length && served[old].State.Key.CompareTo(entry.Key) < 0)
                {
                    change.Part(served, i);
                    change.Gone.Add(served[old++]);
                }
            }

            if (old < served.Length && (IsSame(old, entry) || served[old].State.Key == entry.Key))
            {
                change.Keep(served[old], i);
                if (!IsSame(old, entry))
                {
                    change.Changed.Add((served[old], entry));
                }

                old++;
            }
            else
            {
                change.Part(served, i);
                change.Add(entry, i, context);
            }
        }

        if (old < served.Length)
        {
            change.Part(served, after.Length);
            change.Gone.AddRange(served.AsSpan(old));
        }

        return change;

        bool IsSame(int index, ServiceEntry entry) => index < served.Length && !before.IsDefault && ReferenceEquals(before[index], entry);
    }

    /// <summary>From here on the Service ports are not the same as before.</summary>
    private void Part(ServedService[] served, int same)
    {
        if (_merged is null)
        {
            _merged = new ServedService[_after.Length];
            Array.Copy(served, _merged, same);
        }
    }

    private void Keep(ServedService service, int index)
    {
        if (_merged is not null)
        {
            _merged[index] = service;
        }
    }

    private void Add(ServiceEntry entry, int index, ServingContext context)
    {
        if (index > 0 && _after[index - 1].Key.CompareTo(entry.Key) >= 0)
        {
            throw new ArgumentException($"the table is not ordered by key, each once: {entry.Key} follows {_after[index - 1].Key}", nameof(entry));
        }

        ServedService service = new(entry, context);
        Added.Add(service);
        _merged![index] = service;
    }
}
