using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>A table of nftables in each family, whatever it is for: kept as planned by one transaction of nft for each change.</summary>
public abstract partial class NftablesBackend : IRulesBackend
{
    private static readonly FamilyRules s_noRules = new() { Family = AddressFamily.InterNetwork };

    private readonly Func<string, INftPlanner> _plannerOf;
    private readonly INftPlanner _planner;
    private readonly NftTool _nft;
    private readonly ILogger _log;
    private readonly FamilyTable _ipv4;
    private readonly FamilyTable _ipv6;
    private readonly RemovalWatch _watch;

    /// <param name="plannerOf">What a table of a name holds.</param>
    /// <param name="table">Name of the table in both families.</param>
    /// <param name="tools">The host's tools.</param>
    /// <param name="log">Told what is done differently than planned.</param>
    private protected NftablesBackend(Func<string, INftPlanner> plannerOf, string table, IHostTools tools, ILogger log)
    {
        _plannerOf = plannerOf;
        _planner = plannerOf(table);
        _nft = new NftTool(tools);
        _log = log;
        _ipv4 = new FamilyTable(_planner, isIPv6: false);
        _ipv6 = new FamilyTable(_planner, isIPv6: true);
        ImmutableHashSet<string> frame = [.. _planner.Frame(s_noRules).Chains.Select(c => c.Name)];
        _watch = new RemovalWatch(tools, table, frame.Contains);
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <summary>Where a kernel has IPv6 it lists addresses there (proc(5)); without it there is no table of that family either.</summary>
    private static bool HasIPv6 => File.Exists("/proc/net/if_inet6");

    /// <summary>Whether the last application was a success, so that the next one writes what differs.</summary>
    private protected bool IsInForce { get; private set; }

    private IEnumerable<FamilyTable> Tables => HasIPv6 ? [_ipv4, _ipv6] : [_ipv4];

    /// <inheritdoc/>
    public virtual Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation) =>
        new NftProbe(_nft, _plannerOf($"{_planner.Table}-probe"), HasIPv6).RunAsync(cancellation);

    /// <inheritdoc/>
    public virtual string Plan(RulesState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var script = new NftScript();
        foreach (FamilyRules rules in state.Families)
        {
            new FamilyTable(_planner, rules.IsIPv6).Write(rules, existing: null, script);
        }

        return $"# nft -f -\n{script}";
    }

    /// <inheritdoc/>
    public virtual async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        bool isChange = IsInForce && !full;
        IsInForce = false;
        if (isChange)
        {
            var script = new NftScript();
            foreach (FamilyTable table in Tables)
            {
                table.Change(RulesOf(state, table), script);
            }

            await _nft.ApplyAsync(script.ToString(), cancellation);
        }
        else
        {
            await ApplyWholeAsync(state, cancellation);
        }

        IsInForce = true;
        await RemoveUnusedAsync(cancellation);
    }

    /// <inheritdoc/>
    public virtual async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        string chains = await _nft.ReadAsync(["-j", "list", "chains"], cancellation);
        var script = new StringBuilder();
        int busy = 0;
        foreach (FamilyTable table in Tables)
        {
            if (NftListing.NamesOf(FamilyOf(table), _planner.Table, chains) is not { } names || !table.Chains.IsSubsetOf(names.Chains))
            {
                return false;
            }

            foreach (string canary in _planner.Canaries)
            {
                _ = script.Append($"delete chain {table.Name} {canary}\n");
                busy++;
            }

            foreach (NftElement element in table.CanaryElements)
            {
                _ = script.Append($"delete element {table.Name} {element.Collection} {{ {element.Key} }}\n");
            }
        }

        // Only tried: the kernel refuses to delete a chain that rules jump to, and an element that is not there.
        ToolResult result = await _nft.CheckAsync(script.ToString(), cancellation);
        string[] errors = [.. result.Error.Split('\n').Where(l => l.Contains("Error:", StringComparison.Ordinal))];
        return errors.Length == busy && errors.All(e => e.EndsWith("Device or resource busy", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public Task WaitForRemovalAsync(CancellationToken cancellation) => _watch.WaitAsync(cancellation);

    /// <inheritdoc/>
    public virtual async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        var lines = ImmutableArray.CreateBuilder<string>();
        string chains = await _nft.ReadAsync(["-j", "list", "chains"], cancellation);
        foreach (FamilyTable table in Tables)
        {
            string family = FamilyOf(table);
            string listing = NftListing.NamesOf(family, _planner.Table, chains) is null
                ? NftListing.Empty
                : await _nft.ReadAsync(["-j", "list", "table", family, _planner.Table], cancellation);
            HashSet<string> has = [.. NftListing.LinesOf(family, _planner.Table, listing)];
            HashSet<string> wanted = [.. table.PlanOf(RulesOf(state, table)).SelectMany(TableLines.Of)];
            lines.AddRange(wanted.Where(w => !has.Contains(w)).Order(StringComparer.Ordinal).Select(w => $"- {table.Name} {w}"));
            _ = has.RemoveWhere(h => wanted.Contains(h) || _planner.MayStay(h));
            lines.AddRange(has.Order(StringComparer.Ordinal).Select(h => $"+ {table.Name} {h}"));
        }

        return lines.DrainToImmutable();
    }

    /// <inheritdoc/>
    public virtual async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        IsInForce = false;
        if (!_nft.Exists)
        {
            return false;
        }

        ToolResult listing = await _nft.RunAsync(["-j", "list", "chains"], null, cancellation);
        if (!listing.Succeeded)
        {
            return NftTool.IsKernelWithout(listing.Error) ? false : throw NftTool.Failure(listing);
        }

        string chains = listing.Output;
        var script = new StringBuilder();
        foreach (FamilyTable table in (IEnumerable<FamilyTable>)[_ipv4, _ipv6])
        {
            if (NftListing.NamesOf(FamilyOf(table), _planner.Table, chains) is not null)
            {
                _ = script.Append($"delete table {table.Name}\n");
            }
        }

        await _nft.ApplyAsync(script.ToString(), cancellation);
        return script.Length > 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Brings tables that are there up to date, which keeps the clients' pins, and replaces them when that does not work. Packets see
    /// the old table or the new one and nothing between, in either case.
    /// </summary>
    private async Task ApplyWholeAsync(RulesState state, CancellationToken cancellation)
    {
        _ = _watch.Start();
        string[] listings =
        [
            await _nft.ReadAsync(["-j", "list", "chains"], cancellation),
            await _nft.ReadAsync(["-j", "-t", "list", "sets"], cancellation),
            await _nft.ReadAsync(["-j", "-t", "list", "maps"], cancellation),
        ];
        bool anyKept = false;
        var script = new NftScript();
        foreach (FamilyTable table in Tables)
        {
            TableNames? existing = NftListing.NamesOf(FamilyOf(table), _planner.Table, listings);
            TableNames? kept = existing is not null && existing.Chains.Contains(_planner.LayoutChain) ? existing : null;
            anyKept |= kept is not null;
            table.Write(RulesOf(state, table), kept, script);
        }

        try
        {
            await _nft.ApplyAsync(script.ToString(), cancellation);
        }
        catch (RulesException e) when (anyKept)
        {
            LogReplacing(_log, _planner.Table, e.Message);
            await ReplaceAsync(state, cancellation);
        }
    }

    private Task ReplaceAsync(RulesState state, CancellationToken cancellation)
    {
        var script = new NftScript();
        foreach (FamilyTable table in Tables)
        {
            table.Write(RulesOf(state, table), existing: null, script);
        }

        return _nft.ApplyAsync(script.ToString(), cancellation);
    }

    /// <summary>
    /// Removes chains and sets that the transaction before left without a use. Kernels before 6.2 still count uses by elements that
    /// are gone for a moment and refuse; what they refuse stays, empty, until the next time.
    /// </summary>
    private async Task RemoveUnusedAsync(CancellationToken cancellation)
    {
        string script = string.Concat(Tables.SelectMany(t => t.RemovalOfUnused()));
        if (script.Length == 0)
        {
            return;
        }

        ToolResult result = await _nft.RunAsync(["-f", "-"], script, cancellation);
        if (!result.Succeeded)
        {
            LogUnused(_log, _planner.Table, NftTool.Cause(result.Error));
            return;
        }

        foreach (FamilyTable table in Tables)
        {
            table.ForgetUnused();
        }
    }

    private static FamilyRules RulesOf(RulesState state, FamilyTable table) => table.IsIPv6 ? state.IPv6 : state.IPv4;

    private static string FamilyOf(FamilyTable table) => table.IsIPv6 ? "ip6" : "ip";

    [LoggerMessage(3450, LogLevel.Warning, "nftables: table {Table} is replaced, as it could not be brought up to date: {Reason}")]
    private static partial void LogReplacing(ILogger log, string table, string reason);

    [LoggerMessage(3451, LogLevel.Debug, "nftables: unused chains of table {Table} stay until the next change: {Reason}")]
    private static partial void LogUnused(ILogger log, string table, string reason);
}
