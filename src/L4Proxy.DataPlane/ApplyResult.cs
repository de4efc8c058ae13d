using System.Collections.Immutable;

namespace L4Proxy.DataPlane;

/// <summary>What became of a table that was applied. Everything that could be served is served.</summary>
/// <param name="Listeners">All frontends of the table, in its order.</param>
/// <param name="Notes">What was left out and why, one clear line each; failed listeners are not repeated here.</param>
public sealed record ApplyResult(ImmutableArray<ListenerStatus> Listeners, ImmutableArray<string> Notes)
{
    /// <summary>Frontends that could not be bound.</summary>
    public IEnumerable<ListenerStatus> Failures => Listeners.Where(l => l.Error is not null);
}
