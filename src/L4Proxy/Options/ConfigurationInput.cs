using System.Collections.Immutable;
using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>What one source says: the values that have a key, and the problems of the rest.</summary>
internal sealed record ConfigurationInput(ImmutableArray<ConfigurationValue> Values, ImmutableArray<Problem> Problems)
{
    public static readonly ConfigurationInput Empty = new([], []);
}
