using System.Collections.Immutable;

namespace L4Proxy.DataPlane.Services;

/// <summary>Everything that is to be served: immutable, replaced as a whole.</summary>
/// <param name="Services">Ordered by key, each key once.</param>
public sealed record ServiceTable(ImmutableArray<ServiceEntry> Services)
{
    public static readonly ServiceTable Empty = new([]);
}
