using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Conntrack;

/// <summary>
/// Forgets UDP flows that lead to endpoints which no longer serve, so that the next datagram of their clients finds another one: the kernel asks
/// the rules only for the first datagram of a flow. Flows of TCP are never touched. For one caller at a time.
/// </summary>
/// <param name="tools">Runs <c>conntrack</c> of conntrack-tools 1.4 or later; where it is missing a warning says so once.</param>
/// <param name="logger">What was forgotten, and why nothing can be.</param>
public sealed class ConntrackCleaner(IHostTools tools, ILogger<ConntrackCleaner> logger)
{
    private const string Tool = "conntrack";

    /// <summary>For one pass over the table: far above what one of a million entries takes.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>What was in force in a family, by whether it is IPv6, when cleaning failed there: to be cleaned up after at the next chance.</summary>
    private readonly Dictionary<bool, FamilyRules?> _unfinished = [];

    private bool _hasWarned;
    private string? _trouble;

    /// <summary>Addresses of this host: the system's, but in tests.</summary>
    internal Func<IEnumerable<IPAddress>> ReadAddresses { get; init; } = static () => HostInterfaces.UnicastAddresses().Select(a => a.Address);

    /// <summary>
    /// Forgets what a change has made stale; costs nothing when no UDP Service has changed. Troubles are logged, since the rules are
    /// in force without it.
    /// </summary>
    /// <param name="before">What was in force before the last application; null for the first one.</param>
    /// <param name="after">What is in force now.</param>
    /// <param name="cancellation">Ends it between two steps, and the tool.</param>
    public async Task CleanAsync(RulesState? before, RulesState after, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(after);
        await CleanAsync(before?.IPv4, after.IPv4, cancellation);
        await CleanAsync(before?.IPv6, after.IPv6, cancellation);
    }

    private async Task CleanAsync(FamilyRules? before, FamilyRules after, CancellationToken cancellation)
    {
        before = _unfinished.GetValueOrDefault(after.IsIPv6, before);

        // Asked for once in a pass: strangers can make flows by the million, and the answer takes a while.
        string? unread = null;
        Lazy<HashSet<IPAddress>> local = new(() =>
        {
            unread = HostInterfaces.TryRead(ReadAddresses, out IPAddress[]? found, out Exception? failure) ? null : failure.Message;
            return [.. found ?? []];
        });
        if (UdpFlowRules.Of(before, after, a => IPAddress.IsLoopback(a) || local.Value.Contains(a)) is not { } rules || !HasTool())
        {
            return;
        }

        string family = after.IsIPv6 ? "ipv6" : "ipv4";
        _unfinished[after.IsIPv6] = before;
        try
        {
            foreach (UdpFlow flow in await ListStaleAsync(family, rules, cancellation))
            {
                await ForgetAsync(family, flow, cancellation);
            }

            if (unread is not null)
            {
                // Only now: most flows are known to be stale without the addresses, and the others are looked at again.
                throw new RulesException($"this host's addresses cannot be read: {unread}");
            }

            _unfinished.Remove(after.IsIPv6);
            _trouble = null;
        }
        catch (RulesException e)
        {
            if (e.Message != _trouble)
            {
                _trouble = e.Message;
                ConntrackLog.Failed(logger, e.Message);
            }
        }
    }

    private async Task<HashSet<UdpFlow>> ListStaleAsync(string family, UdpFlowRules rules, CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_limit);
        HashSet<UdpFlow> stale = [];
        try
        {
            await foreach (string line in tools.FollowAsync(Tool, ["-L", "-f", family, "-p", "udp"], limit.Token))
            {
                if (UdpFlow.TryParse(line, out UdpFlow flow) && rules.IsStale(flow))
                {
                    stale.Add(flow);
                }
            }
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new RulesException($"{Tool}: no end of its list within {s_limit.TotalSeconds:0} s", e);
        }

        return stale;
    }

    /// <summary>
    /// Forgets the flows of all clients from one destination to one endpoint: each deletion is a pass over the whole table, and there are
    /// many more clients than endpoints.
    /// </summary>
    private async Task ForgetAsync(string family, UdpFlow flow, CancellationToken cancellation)
    {
        ImmutableArray<string> arguments =
        [
            "-D", "-f", family, "-p", "udp",
            "--orig-dst", $"{flow.Destination.Address}", "--orig-port-dst", Text(flow.Destination.Port),
            "--reply-src", $"{flow.ReplySource.Address}", "--reply-port-src", Text(flow.ReplySource.Port),
        ];
        ToolResult result = await tools.RunAsync(Tool, arguments, input: null, s_limit, cancellation);

        // It ends with 1 when there was nothing to delete: the flow may have ended since it was listed.
        if (!result.Succeeded && !result.Error.Contains(" 0 flow entries", StringComparison.Ordinal))
        {
            throw new RulesException($"{Tool}: {HostTools.FirstLine(result.Error)}");
        }

        ConntrackLog.Cleaned(logger, flow.Destination, flow.ReplySource);
    }

    private bool HasTool()
    {
        if (tools.Exists(Tool))
        {
            return true;
        }

        if (!_hasWarned)
        {
            _hasWarned = true;
            ConntrackLog.Missing(logger);
        }

        return false;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
