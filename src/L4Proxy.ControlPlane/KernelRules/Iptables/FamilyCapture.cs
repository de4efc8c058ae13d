using System.Collections.Immutable;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Capturing of one family: what is in force, and how to get from there to what ought to be.</summary>
internal sealed class FamilyCapture(IptablesTool tool, RulesOptions options)
{
    private readonly IpsetTool _ipset = new(tool.Tools);
    private readonly CaptureLanding _landing = new(tool.Tools);
    private readonly CaptureSets _sets = new(tool.IsIPv6);
    private FamilyRules? _inForce;

    public AddressFamily Family => tool.Family;

    public IptablesTool Tool => tool;

    public async Task ApplyAsync(FamilyRules rules, bool full, CancellationToken cancellation)
    {
        if (!full && ReferenceEquals(_inForce, rules))
        {
            return;
        }

        FamilyRules? before = _inForce;
        _inForce = null;
        if (!full && before is not null)
        {
            await ChangeAsync(before, rules, cancellation);
        }
        else if (!await RepairAsync(rules, cancellation))
        {
            return;
        }

        _inForce = rules;
    }

    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        if (_inForce is not { } rules)
        {
            return true;
        }

        RestoreInput input = new();
        foreach (ChainRule rule in Rules(rules))
        {
            input.Check(rule);
        }

        Dictionary<string, int> counts = await _ipset.CountsAsync(cancellation);
        Dictionary<string, int> wanted = _sets.Elements(rules.Services).CountBy(SetOf).ToDictionary(StringComparer.Ordinal);
        return _sets.Names.All(name => counts.TryGetValue(name, out int count) && count == wanted.GetValueOrDefault(name))
            && await _landing.IsThereAsync(rules.IsIPv6, cancellation)
            && await tool.IsAcceptedAsync(input, cancellation);
    }

    public async Task<ImmutableArray<string>> DiffAsync(FamilyRules rules, CancellationToken cancellation)
    {
        SavedTables saved = tool.Exists ? await tool.ReadAsync(cancellation) : SavedTables.Parse("");
        if (IsIdle(rules, saved))
        {
            return [];
        }

        HashSet<string> names = [.. _sets.Names];
        HashSet<string> there = _ipset.Exists ? await _ipset.ElementsAsync(cancellation) : [];
        there.RemoveWhere(element => !names.Contains(SetOf(element)));
        HashSet<string> wanted = _sets.Elements(rules.Services);
        List<string> lines = [.. RulesDiff.Of(Rules(rules), saved.RulesOf(ChainNames.IsCapture), rules.IsIPv6)];
        if (!await _landing.IsThereAsync(rules.IsIPv6, cancellation))
        {
            lines.Add($"- ip route local {CaptureLanding.Destination(rules.IsIPv6, options.CapturePort)}");
        }

        lines.AddRange(wanted.Except(there, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(e => $"- ipset add {e}"));
        lines.AddRange(there.Except(wanted, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(e => $"+ ipset add {e}"));
        return [.. lines];
    }

    /// <summary>Everything, on a host that has nothing of ours. Pure.</summary>
    public static RestoreInput Plan(FamilyRules rules, RulesOptions options) => Repair(rules, options, SavedTables.Parse(""));

    private static string SetOf(string element) => element[..element.IndexOf(' ', StringComparison.Ordinal)];

    private static bool IsIdle(FamilyRules rules, SavedTables saved) =>
        rules.Services.IsEmpty && !saved.OwnChains.Any(c => ChainNames.IsCapture(c.Chain));

    private static RestoreInput Repair(FamilyRules rules, RulesOptions options, SavedTables saved)
    {
        RestoreInput input = new();
        ImmutableArray<Chain> chains = CaptureChains.Chains(rules, options);
        foreach (Chain chain in chains)
        {
            if (saved.RulesOf(chain.Table, chain.Name)?.SequenceEqual(chain.Rules, StringComparer.Ordinal) != true)
            {
                input.Write(chain);
            }
        }

        foreach ((IptablesTable table, string chain) in saved.OwnChains.Where(c => ChainNames.IsCapture(c.Chain)))
        {
            if (!chains.Any(c => c.Table == table && c.Name == chain))
            {
                input.Remove(table, chain);
            }
        }

        Jumps.Repair(input, CaptureChains.Jumps(options), saved.Jumps(ChainNames.IsCapture));
        return input;
    }

    private IEnumerable<ChainRule> Rules(FamilyRules rules) => CaptureChains.Jumps(options).Concat(
        from chain in CaptureChains.Chains(rules, options)
        from rule in chain.Rules
        select new ChainRule(chain.Table, chain.Name, rule));

    private async Task ChangeAsync(FamilyRules before, FamilyRules after, CancellationToken cancellation)
    {
        await _ipset.RestoreAsync(_sets.Change(before, after), cancellation);
        RestoreInput input = new();
        foreach ((Chain old, Chain @new) in CaptureChains.Chains(before, options).Zip(CaptureChains.Chains(after, options)))
        {
            if (!@new.HasRulesOf(old))
            {
                input.Write(@new);
            }
        }

        await tool.RestoreAsync(input, cancellation);
    }

    private async Task<bool> RepairAsync(FamilyRules rules, CancellationToken cancellation)
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

        // What rules lead to before the rules.
        await _ipset.RestoreAsync(_sets.Full(_sets.Elements(rules.Services)), cancellation);
        await _landing.PutAsync(rules.IsIPv6, cancellation);
        RestoreInput input = Repair(rules, options, saved);
        await BuiltInChains.RemarkAsync(input, tool, CaptureChains.Jumps(options), saved, cancellation);
        await tool.RestoreAsync(input, cancellation);
        return true;
    }
}
