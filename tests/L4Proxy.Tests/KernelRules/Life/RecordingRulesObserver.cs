using System.Collections.Concurrent;
using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;

namespace L4Proxy.Tests.KernelRules.Life;

internal sealed class RecordingRulesObserver : IRulesObserver
{
    private readonly ConcurrentQueue<string> _calls = new();

    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>Events about Services in all that was applied.</summary>
    public int ServiceChanges { get; private set; }

    public void Queued() => _calls.Enqueue("queued");

    public void Applying(SourceSnapshot snapshot) => _calls.Enqueue("applying");

    public Task AppliedAsync(SourceSnapshot snapshot, bool full, TimeSpan took, ImmutableArray<RuleCount> counts)
    {
        ServiceChanges += snapshot.Changes.Services;
        _calls.Enqueue(full ? "applied fully" : "applied");
        return Task.CompletedTask;
    }

    public void Failed(bool full) => _calls.Enqueue("failed");

    public void Restored() => _calls.Enqueue("restored");

    public void CleanupFailed() => _calls.Enqueue("cleanup failed");
}
