namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>States to inputs of iptables-restore, for one family. Pure.</summary>
internal static class BalancingPlan
{
    private static readonly SavedTables s_nothing = SavedTables.Parse("");

    /// <summary>Everything, on a host that has nothing of ours.</summary>
    public static RestoreInput Full(FamilyRules rules, RulesOptions options) =>
        Repair(rules, options, RuleContext.Of(rules, options), s_nothing);

    /// <inheritdoc cref="Repair(RestoreInput, FamilyRules, RulesOptions, RuleContext, SavedTables, RuleTotals?)"/>
    public static RestoreInput Repair(FamilyRules rules, RulesOptions options, RuleContext context, SavedTables saved, RuleTotals? totals = null)
    {
        RestoreInput input = new();
        Repair(input, rules, options, context, saved, totals);
        return input;
    }

    /// <summary>From what is there to what ought to be: chains that are as they ought to be are left alone.</summary>
    /// <param name="input">Is added to.</param>
    /// <param name="rules">What ought to be there.</param>
    /// <param name="options">Marks.</param>
    /// <param name="context">What all chains depend on.</param>
    /// <param name="saved">What is there.</param>
    /// <param name="totals">Is told of all rules that ought to be there.</param>
    public static void Repair(
        RestoreInput input, FamilyRules rules, RulesOptions options, RuleContext context, SavedTables saved, RuleTotals? totals)
    {
        HashSet<(IptablesTable, string)> wanted = [];
        foreach (Chain chain in Chains(rules, options, context))
        {
            wanted.Add((chain.Table, chain.Name));
            totals?.Add(chain);
            if (!IsThere(chain, saved))
            {
                input.Write(chain);

                // A Service's first chain comes after those that it jumps to, and nobody jumps to it before the last part.
                input.AllowCommit(chain.Table);
            }
        }

        Jumps.Repair(input, CommonChains.Jumps, saved.Jumps(ChainNames.IsBalancing));
        Removal.Add(input, saved.OwnChains.Where(c =>
            ChainNames.IsBalancing(c.Chain) && c.Chain != ChainNames.RouteLocalnet && !wanted.Contains(c)));
    }

    /// <summary>From one state to the next: at a cost of what differs. Both are of one context.</summary>
    /// <param name="before">What is in force.</param>
    /// <param name="after">What is wanted.</param>
    /// <param name="options">Marks.</param>
    /// <param name="context">What all chains depend on.</param>
    /// <param name="totals">Is told of rules that come and go.</param>
    public static RestoreInput Change(FamilyRules before, FamilyRules after, RulesOptions options, RuleContext context, RuleTotals? totals = null)
    {
        RestoreInput input = new();
        ChainRule[] lastBefore = [.. CommonChains.Last(before, options, context)];
        ChainRule[] lastAfter = [.. CommonChains.Last(after, options, context)];
        foreach ((ServiceRules? old, ServiceRules? @new) in ServiceChanges.Between(before.Services, after.Services))
        {
            ServiceChains oldChains = old is null ? ServiceChains.Empty : ServiceChains.Of(old, context);
            ServiceChains newChains = @new is null ? ServiceChains.Empty : ServiceChains.Of(@new, context);
            ChangeService(input, oldChains, newChains);
            totals?.Replace(oldChains, newChains);
            input.AllowCommit(IptablesTable.Nat);
        }

        foreach (ChainRule gone in lastBefore.Except(lastAfter))
        {
            input.Delete(gone);
            totals?.Remove(gone);
        }

        foreach (ChainRule come in lastAfter.Except(lastBefore))
        {
            input.Append(come);
            totals?.Add(come);
        }

        return input;
    }

    /// <summary>All chains of a state with all their rules; those that all Services share at the end.</summary>
    public static IEnumerable<Chain> Chains(FamilyRules rules, RulesOptions options, RuleContext context)
    {
        Dictionary<(IptablesTable, string), List<string>> shared = CommonChains.Shared.ToDictionary(c => c, _ => new List<string>());
        foreach (Chain chain in CommonChains.Fixed(context, options))
        {
            yield return chain;
        }

        foreach (ServiceRules service in rules.Services)
        {
            ServiceChains chains = ServiceChains.Of(service, context);
            foreach (Chain chain in chains.Chains)
            {
                yield return chain;
            }

            foreach (ChainRule rule in chains.Shared)
            {
                shared[(rule.Table, rule.Chain)].Add(rule.Rule);
            }
        }

        foreach (ChainRule rule in CommonChains.Last(rules, options, context))
        {
            shared[(rule.Table, rule.Chain)].Add(rule.Rule);
        }

        foreach (((IptablesTable table, string name), List<string> lines) in shared)
        {
            yield return new Chain(table, name, [.. lines]);
        }
    }

    private static void ChangeService(RestoreInput input, ServiceChains old, ServiceChains @new)
    {
        Dictionary<string, Chain> gone = old.Chains.ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (Chain chain in @new.Chains)
        {
            if (!gone.Remove(chain.Name, out Chain? before) || !before.HasRulesOf(chain))
            {
                input.Write(chain);
            }
        }

        // First the new ones, so that no packet finds neither.
        foreach (ChainRule rule in @new.Shared.Except(old.Shared))
        {
            input.Prepend(rule);
        }

        foreach (ChainRule rule in old.Shared.Except(@new.Shared))
        {
            input.Delete(rule);
        }

        foreach (Chain chain in gone.Values)
        {
            input.Remove(chain.Table, chain.Name);
        }
    }

    /// <summary>Shared chains may have their rules in any order, but for the ways to node ports, which are the last.</summary>
    private static bool IsThere(Chain chain, SavedTables saved)
    {
        IReadOnlyList<string>? rules = saved.RulesOf(chain.Table, chain.Name);
        if (rules is null || rules.Count != chain.Rules.Length)
        {
            return false;
        }

        return rules.SequenceEqual(chain.Rules, StringComparer.Ordinal)
            || (CommonChains.Shared.Contains((chain.Table, chain.Name))
                && rules.SkipWhile(rule => !IsLast(rule)).All(IsLast)
                && rules.Order(StringComparer.Ordinal).SequenceEqual(chain.Rules.Order(StringComparer.Ordinal), StringComparer.Ordinal));
    }

    private static bool IsLast(string rule) => rule.EndsWith($"-j {ChainNames.NodePorts}", StringComparison.Ordinal);
}
