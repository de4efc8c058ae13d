using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// What is in the table of one family, and what has to be said to make it something else. Keeps the rules that were planned
/// and not the plan: what a Service port had is planned again when it changes. For one thread at a time.
/// </summary>
/// <param name="planner">What the table holds.</param>
/// <param name="isIPv6">Which family's table it is.</param>
internal sealed class FamilyTable(INftPlanner planner, bool isIPv6)
{
    private readonly Dictionary<NftElement, int> _uses = [];
    private readonly HashSet<NftObjects> _shared = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _collections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _unused = new(StringComparer.Ordinal);
    private ImmutableArray<ServiceRules> _services = [];
    private NftObjects _frame = NftObjects.None;

    /// <summary>Family and name.</summary>
    public string Name { get; } = $"{(isIPv6 ? "ip6" : "ip")} {planner.Table}";

    public bool IsIPv6 => isIPv6;

    /// <summary>Names of the chains in use.</summary>
    public HashSet<string> Chains { get; } = new(StringComparer.Ordinal);

    /// <summary>Elements that must be there: those of one Service port.</summary>
    public ImmutableArray<NftElement> CanaryElements => _services.IsEmpty ? [] : Planned(_services[0]).Elements;

    /// <summary>Whether there are objects that nothing uses any more.</summary>
    public bool HasUnused => _unused.Count > 0;

    /// <summary>Writes the whole table.</summary>
    /// <param name="rules">What it is to hold.</param>
    /// <param name="existing">What is there and is to be kept where it fits; null to replace the table.</param>
    /// <param name="script">Where to.</param>
    public void Write(FamilyRules rules, TableNames? existing, NftScript script)
    {
        Forget();
        if (existing is null)
        {
            script.Replace(Name);
        }
        else
        {
            script.FlushRules(Name);
        }

        Change(rules, script);
        foreach ((string name, string kind) in existing?.Collections ?? [])
        {
            if (!_collections.Contains(name))
            {
                _unused[name] = kind;
            }
        }

        foreach (string chain in existing?.Chains ?? [])
        {
            if (!Chains.Contains(chain))
            {
                _unused[chain] = "chain";
            }
        }

        FlushKept(existing, script);
    }

    /// <summary>Writes what differs from what was written before, at the cost of that.</summary>
    public void Change(FamilyRules rules, NftScript script)
    {
        NftObjects frame = planner.Frame(rules);
        Change(_frame, frame, script);
        _frame = frame;
        ImmutableArray<ServiceRules> before = _services;
        _services = rules.Services;
        int old = 0;
        foreach (ServiceRules service in _services)
        {
            for (; old < before.Length && before[old].Key < service.Key; old++)
            {
                Change(Planned(before[old]), NftObjects.None, script);
            }

            bool isKnown = old < before.Length && before[old].Key == service.Key;
            if (!isKnown || !ReferenceEquals(before[old], service))
            {
                Change(isKnown ? Planned(before[old]) : NftObjects.None, Planned(service), script);
            }

            old += isKnown ? 1 : 0;
        }

        for (; old < before.Length; old++)
        {
            Change(Planned(before[old]), NftObjects.None, script);
        }
    }

    /// <summary>All objects of the table for some rules, each once.</summary>
    public IEnumerable<NftObjects> PlanOf(FamilyRules rules)
    {
        HashSet<NftObjects> seen = new(ReferenceEqualityComparer.Instance);
        yield return planner.Frame(rules);
        foreach (ServiceRules service in rules.Services)
        {
            NftObjects planned = Planned(service);
            yield return planned;
            foreach (NftObjects shared in planned.Shared)
            {
                if (seen.Add(shared))
                {
                    yield return shared;
                }
            }
        }
    }

    /// <summary>Commands that remove what nothing uses any more: chains before the sets that they use.</summary>
    public IEnumerable<string> RemovalOfUnused() =>
        _unused.OrderBy(u => u.Value == "chain" ? 0 : 1).Select(u => $"delete {u.Value} {Name} {u.Key}\n");

    public void ForgetUnused() => _unused.Clear();

    private NftObjects Planned(ServiceRules service) => planner.Service(service, isIPv6);

    private void Forget()
    {
        _uses.Clear();
        _shared.Clear();
        _collections.Clear();
        _unused.Clear();
        Chains.Clear();
        _services = [];
        _frame = NftObjects.None;
    }

    /// <summary>Empties the sets and maps that stay, but for those that the kernel fills: clients keep their endpoints.</summary>
    private void FlushKept(TableNames? existing, NftScript script)
    {
        foreach ((string name, string kind) in existing?.Collections ?? [])
        {
            if (!existing!.Dynamic.Contains(name))
            {
                script.Flush(Name, kind, name);
            }
        }
    }

    private void Change(NftObjects before, NftObjects after, NftScript script)
    {
        foreach (NftObjects shared in after.Shared)
        {
            if (_shared.Add(shared))
            {
                Change(NftObjects.None, shared, script);
            }
        }

        ChangeCollections(before, after, script);
        ChangeChains(before, after, script);
        ChangeElements(before, after, script);
    }

    private void ChangeCollections(NftObjects before, NftObjects after, NftScript script)
    {
        foreach (NftCollection collection in after.Collections)
        {
            _ = _unused.Remove(collection.Name);
            if (_collections.Add(collection.Name))
            {
                script.Add(Name, collection);
            }
        }

        foreach (NftCollection collection in before.Collections)
        {
            if (!after.Collections.Contains(collection) && _collections.Remove(collection.Name))
            {
                _unused[collection.Name] = collection.Kind;
            }
        }
    }

    private void ChangeChains(NftObjects before, NftObjects after, NftScript script)
    {
        foreach (NftChain chain in after.Chains)
        {
            _ = _unused.Remove(chain.Name);
            if (Chains.Add(chain.Name))
            {
                script.Add(Name, chain);
            }
            else if (before.Chains.FirstOrDefault(c => c.Name == chain.Name) is { } had && !had.HasRulesOf(chain))
            {
                script.Rewrite(Name, chain);
            }
        }

        foreach (NftChain chain in before.Chains)
        {
            if (!after.Chains.Any(c => c.Name == chain.Name) && Chains.Remove(chain.Name))
            {
                script.Abandon(Name, chain.Name);
                _unused[chain.Name] = "chain";
            }
        }
    }

    private void ChangeElements(NftObjects before, NftObjects after, NftScript script)
    {
        HashSet<NftElement> had = [.. before.Elements];
        HashSet<NftElement> has = [.. after.Elements];
        foreach (NftElement element in before.Elements)
        {
            if (!has.Contains(element) && had.Remove(element) && IsLastUse(element))
            {
                script.Delete(Name, element);
            }
        }

        foreach (NftElement element in after.Elements)
        {
            if (!had.Contains(element) && has.Remove(element) && IsFirstUse(element))
            {
                script.Add(Name, element);
            }
        }
    }

    private bool IsFirstUse(NftElement element)
    {
        if (!planner.CountedSets.Contains(element.Collection))
        {
            return true;
        }

        int uses = _uses.GetValueOrDefault(element);
        _uses[element] = uses + 1;
        return uses == 0;
    }

    private bool IsLastUse(NftElement element)
    {
        if (!planner.CountedSets.Contains(element.Collection))
        {
            return true;
        }

        int uses = _uses[element] - 1;
        if (uses == 0)
        {
            _ = _uses.Remove(element);
        }
        else
        {
            _uses[element] = uses;
        }

        return uses == 0;
    }
}
