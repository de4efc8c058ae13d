using System.Collections.Immutable;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>
/// Puts snapshots in force, in the data plane and in the kernel, in the order in which no client is led to where nobody listens.
/// </summary>
/// <param name="server">The data plane.</param>
/// <param name="rules">Rules in the kernel; null when there are none.</param>
/// <param name="node">Shows health and metrics; null when nobody asks.</param>
/// <param name="logger">Told what each table changed.</param>
internal sealed class SnapshotServing(ProxyServer server, RulesRun? rules, NodeEndpoints? node, ILogger logger)
{
    private readonly TableReport _report = new(logger);

    /// <summary>Puts the first snapshot in force; false when too little of it could be bound.</summary>
    /// <param name="snapshot">The first one.</param>
    /// <param name="everyListener">Whether all listeners are needed; otherwise one of them is.</param>
    /// <param name="stop">Ends the waiting for other programs.</param>
    /// <param name="hurry">Ends the transaction that is under way, too.</param>
    /// <exception cref="RulesException">The kernel could not be told.</exception>
    public async Task<bool> TryStartAsync(SourceSnapshot snapshot, bool everyListener, CancellationToken stop, CancellationToken hurry)
    {
        if (rules is null)
        {
            await ServeAloneAsync(snapshot);
            return IsEnough(everyListener);
        }

        NodeRulesObserver observer = new(node);
        if (rules.ComesFirst)
        {
            await rules.StartAsync(snapshot, observer, stop, hurry);
        }

        await ServeAsync(snapshot, rules.Served(snapshot));
        if (!IsEnough(everyListener))
        {
            return false;
        }

        if (!rules.ComesFirst)
        {
            await rules.StartAsync(snapshot, observer, stop, hurry);
        }

        return true;
    }

    /// <summary>Puts a further snapshot in force. Packet rules follow in their own time.</summary>
    public async Task<ApplyResult> ApplyAsync(SourceSnapshot snapshot, CancellationToken stop)
    {
        if (rules is null)
        {
            return await ServeAloneAsync(snapshot);
        }

        if (rules.ComesFirst)
        {
            await rules.PostAsync(snapshot).WaitAsync(stop);
            return await ServeAsync(snapshot, rules.Served(snapshot));
        }

        ApplyResult result = await ServeAsync(snapshot, rules.Served(snapshot));
        _ = rules.PostAsync(snapshot);
        return result;
    }

    private async Task<ApplyResult> ServeAloneAsync(SourceSnapshot snapshot)
    {
        node?.Applying(snapshot);
        ApplyResult result = await ServeAsync(snapshot, snapshot.Table);
        if (node is not null)
        {
            await node.AppliedAsync(snapshot);
        }

        return result;
    }

    private async Task<ApplyResult> ServeAsync(SourceSnapshot snapshot, ServiceTable table)
    {
        ApplyResult result = await server.ApplyAsync(table);
        _report.Applied(snapshot.Problems, result);
        return result;
    }

    /// <summary>What is captured has no socket of its own: it is served if the listener is that it is brought to.</summary>
    private bool IsEnough(bool everyListener)
    {
        ImmutableArray<ListenerStatus> sockets = server.Listeners.RemoveAll(l => l.Frontend.Captured);
        int bound = sockets.Count(l => l.Error is null);
        return everyListener ? bound == sockets.Length : bound > 0 || sockets.IsEmpty;
    }
}
