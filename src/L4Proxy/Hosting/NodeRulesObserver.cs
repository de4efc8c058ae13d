using System.Collections.Immutable;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Life;

namespace L4Proxy.Hosting;

/// <summary>Shows what becomes of rules in the health and the metrics of the node, where these are served.</summary>
internal sealed class NodeRulesObserver(NodeEndpoints? node) : IRulesObserver
{
    public void Queued() => node?.Waiting();

    public void Applying(SourceSnapshot snapshot) => node?.Applying(snapshot);

    public async Task AppliedAsync(SourceSnapshot snapshot, bool full, TimeSpan took, ImmutableArray<RuleCount> counts)
    {
        if (node is not null)
        {
            node.Rules?.Applied(snapshot, full, took, counts);
            await node.AppliedAsync(snapshot);
        }
    }

    public void Failed(bool full) => node?.Rules?.Failed(full);

    public void Restored() => node?.Rules?.Restored();

    public void CleanupFailed() => node?.Rules?.CleanupFailed();
}
