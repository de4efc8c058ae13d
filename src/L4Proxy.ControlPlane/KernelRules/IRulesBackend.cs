using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>
/// One way of telling the kernel: balancing by iptables, nftables or IPVS, capturing by iptables or nftables, local routes. Owns
/// chains, tables, sets, devices and routes of L4Proxy's own names, and touches nothing else. Calls are serialised by the caller.
/// </summary>
public interface IRulesBackend : IAsyncDisposable
{
    /// <summary>What it is in logs and metrics, such as <c>nftables</c> or <c>capture-iptables</c>.</summary>
    string Name { get; }

    /// <summary>Rules of each table since the last application; none where rules do not grow with the number of Services.</summary>
    ImmutableArray<RuleCount> Counts => [];

    /// <summary>
    /// What this host lacks for it, a line for each: a tool, a module, a capability, a version. Empty when nothing is lacking. Leaves
    /// the host as it is.
    /// </summary>
    Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation);

    /// <summary>
    /// What a full application would hand to the tools, in their own language, with a comment line before the input of each. Pure: the
    /// same state gives the same text.
    /// </summary>
    string Plan(RulesState state);

    /// <summary>
    /// Puts a state in force, and after a return it is in force. Costs what changed since the last successful call on this instance; all is
    /// written anew by the first call, after a failed one, and when <paramref name="full"/> is set. What L4Proxy left behind earlier
    /// is taken over or removed without a gap for connections.
    /// </summary>
    /// <exception cref="RulesException">Not in force; as far as the tools allow, what was in force before still is.</exception>
    Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation);

    /// <summary>Whether what the last application put there is still there, at the cost of a canary and not of a listing.</summary>
    Task<bool> IsIntactAsync(CancellationToken cancellation);

    /// <summary>
    /// Completes when something of ours may have been removed by somebody else, for backends that can be told at once; the caller then asks
    /// <see cref="IsIntactAsync"/>. Others complete by cancellation alone.
    /// </summary>
    /// <exception cref="RulesException">Who tells has ended; another call begins anew.</exception>
    Task WaitForRemovalAsync(CancellationToken cancellation);

    /// <summary>Lines by which the kernel differs from the state: <c>-</c> for what is missing, <c>+</c> for what is too much.</summary>
    Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation);

    /// <summary>
    /// Removes everything of this backend's, whoever of L4Proxy's processes put it there, so that the host is as before; true when there
    /// was something. A tool that is missing has left nothing behind.
    /// </summary>
    /// <exception cref="RulesException">Something could not be removed.</exception>
    Task<bool> CleanUpAsync(CancellationToken cancellation);
}
