using System.Collections.Immutable;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Balancing of one family: what is in force, and how to get from there to what ought to be.</summary>
internal sealed class FamilyBalancing(IptablesTool tool, RulesOptions options)
{
    private (FamilyRules Rules, RuleContext Context)? _inForce;
    private bool _routesLocalnet;
    private RuleTotals _totals = new();

    public AddressFamily Family => tool.Family;

    public IptablesTool Tool => tool;

    /// <summary>Of the last application to this family; none for one that never had rules.</summary>
    public ImmutableArray<RuleCount> Counts { get; private set; } = [];

    public async Task ApplyAsync(FamilyRules rules, bool full, CancellationToken cancellation)
    {
        if (!full && ReferenceEquals(_inForce?.Rules, rules))
        {
            return;
        }

        RuleContext context = RuleContext.Of(rules, options);
        (FamilyRules Rules, RuleContext Context)? before = _inForce;
        _inForce = null;
        if (!full && before is { } known && (known.Context with { HasComments = context.HasComments }) == context)
        {
            // Comments come or go with the next full application: for them alone not everything is written anew.
            context = known.Context;
            RestoreInput input = BalancingPlan.Change(known.Rules, rules, options, context, _totals);
            await tool.RestoreAsync(input, cancellation);
            Count(input);
        }
        else if (!await RepairAsync(rules, context, cancellation))
        {
            Counts = [.. Counts.Select(static c => c with { Total = 0, Written = 0 })];
            return;
        }

        _inForce = (rules, context);
    }

    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        if (_inForce is not { } known)
        {
            return true;
        }

        RestoreInput input = new();
        foreach (ChainRule rule in CommonChains.Jumps.AddRange(Canaries(known.Rules, known.Context)))
        {
            input.Check(rule);
        }

        return await tool.IsAcceptedAsync(input, cancellation);
    }

    public async Task<ImmutableArray<string>> DiffAsync(FamilyRules rules, CancellationToken cancellation)
    {
        SavedTables saved = tool.Exists ? await tool.ReadAsync(cancellation) : SavedTables.Parse("");
        IEnumerable<ChainRule> wanted = IsIdle(rules, saved) ? [] : CommonChains.Jumps.Concat(
            from chain in BalancingPlan.Chains(rules, options, RuleContext.Of(rules, options))
            from rule in chain.Rules
            select new ChainRule(chain.Table, chain.Name, rule));
        return RulesDiff.Of(wanted, saved.RulesOf(ChainNames.IsBalancing), rules.IsIPv6);
    }

    /// <summary>Removes all that is ours; true when there was something.</summary>
    public static async Task<bool> CleanUpAsync(IptablesTool tool, SavedTables saved, CancellationToken cancellation)
    {
        if (saved.Has(IptablesTable.Filter, ChainNames.RouteLocalnet))
        {
            // While the guard still stands.
            await new RouteLocalnet(tool.Tools).SetAsync(on: false, cancellation);
        }

        return await Removal.RunAsync(tool, saved, ChainNames.IsBalancing, cancellation);
    }

    /// <summary>A family without Services, and without rules of ours, is left alone: it may not even be there.</summary>
    private static bool IsIdle(FamilyRules rules, SavedTables saved) =>
        rules.Services.IsEmpty && !saved.OwnChains.Any(c => ChainNames.IsBalancing(c.Chain));

    /// <summary>Makes everything as it ought to be, whatever is there; false when there is nothing to do with this family.</summary>
    private async Task<bool> RepairAsync(FamilyRules rules, RuleContext context, CancellationToken cancellation)
    {
        if (rules.Services.IsEmpty && !tool.Exists)
        {
            return false;
        }

        SavedTables? saved = rules.Services.IsEmpty ? await tool.TryReadAsync(cancellation) : await tool.ReadAsync(cancellation);
        if (saved is null || IsIdle(rules, saved))
        {
            return false;
        }

        _totals = new RuleTotals();
        RestoreInput input = new();

        // Before all else: the first transaction may be the last one, and what it makes without a remark would stay for ever.
        await BuiltInChains.RemarkAsync(input, tool, CommonChains.Jumps, saved, cancellation);
        BalancingPlan.Repair(input, rules, options, context, saved, _totals);
        RouteLocalnet routing = new(tool.Tools);
        bool mustRoute = context.ServesLocalhost && !await routing.IsOnAsync(cancellation);
        bool isRemarked = saved.Has(IptablesTable.Filter, ChainNames.RouteLocalnet);
        _routesLocalnet |= mustRoute || isRemarked;
        if (_routesLocalnet && !isRemarked)
        {
            // Also where somebody has flushed the remark and left the switch.
            input.Empty(IptablesTable.Filter, ChainNames.RouteLocalnet);
        }

        await tool.RestoreAsync(input, cancellation);
        Count(input);
        if (mustRoute)
        {
            await routing.SetAsync(on: true, cancellation);
        }

        return true;
    }

    private void Count(RestoreInput input) => Counts =
    [
        .. CommonChains.Shared.Select(c => c.Table).Distinct().Select(table => new RuleCount(
            tool.IsIPv6 ? "IPv6" : "IPv4", SavedTables.NameOf(table), _totals[table], input.RulesOf(table))),
    ];

    /// <summary>Rules of whose chains a flush leaves nothing.</summary>
    private IEnumerable<ChainRule> Canaries(FamilyRules rules, RuleContext context) =>
        CommonChains.Fixed(context, options)
            .Where(c => c.Name is ChainNames.MarkMasq or ChainNames.Forward)
            .Select(c => new ChainRule(c.Table, c.Name, c.Rules[^1]))
            .Concat(CommonChains.Last(rules, options, context).Take(2));
}
