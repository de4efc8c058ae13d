using System.Collections.Immutable;

namespace L4Proxy.DataPlane;

/// <summary>
/// What a table that was applied changed. Everything that could be served is served. What did not change is not
/// repeated: <see cref="ProxyServer.Listeners"/> has all.
/// </summary>
/// <param name="Changed">Frontends that are new, or listen elsewhere, started, stopped, failed or recovered; in the table's order.</param>
/// <param name="Gone">Frontends whose address was given up, as they were.</param>
/// <param name="Notes">
/// All that was left out of the table in force and why, one clear line each; failed listeners are not repeated here. The
/// same array as before when nothing changed.
/// </param>
public sealed record ApplyResult(
    ImmutableArray<ListenerStatus> Changed, ImmutableArray<ListenerStatus> Gone, ImmutableArray<string> Notes)
{
    /// <summary>Frontends that could not be bound, and could be or were not there before.</summary>
    public IEnumerable<ListenerStatus> Failures => Changed.Where(l => l.Error is not null);
}
