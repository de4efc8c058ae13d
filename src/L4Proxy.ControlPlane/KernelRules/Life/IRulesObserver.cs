using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Life;

/// <summary>Follows what becomes of snapshots in the kernel, for health checks and metrics. Not called by several threads at a time.</summary>
public interface IRulesObserver
{
    /// <summary>A snapshot has to wait until what is under way is done; any thread.</summary>
    void Queued();

    /// <summary>A snapshot is about to be put in force.</summary>
    void Applying(SourceSnapshot snapshot);

    /// <summary>It is in force.</summary>
    /// <param name="snapshot">Whose changes are all those since the last one that was in force.</param>
    /// <param name="full">Whether all rules were written anew.</param>
    /// <param name="took">Time from <see cref="Applying"/>.</param>
    /// <param name="counts">Rules of each table, where they are counted.</param>
    Task AppliedAsync(SourceSnapshot snapshot, bool full, TimeSpan took, ImmutableArray<RuleCount> counts);

    /// <summary>It is not in force; it is tried again.</summary>
    void Failed(bool full);

    /// <summary>Somebody else had removed rules; they are in force again.</summary>
    void Restored();

    /// <summary>Leftovers of another backend could not be removed.</summary>
    void CleanupFailed();
}
