using System.Collections.Immutable;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>The helper rules of both families in the kernel.</summary>
internal sealed class IpvsRuleSets(IpvsHost host, RulesOptions options)
{
    /// <summary>A jump of each table: whoever flushes a table takes it away.</summary>
    private static readonly ImmutableArray<(string Table, string Chain, string Rule)> s_canaries =
        [.. IpvsHelperRules.Jumps.DistinctBy(j => j.Table, StringComparer.Ordinal)];

    private (bool IPv4, bool IPv6) _knowsPods;

    /// <summary>Whether the rules that were applied last are those of a state.</summary>
    public bool AreFor(RulesState state) => _knowsPods == KnowsPods(state);

    /// <summary>Writes them anew, in one transaction for a family; a family without Services has none.</summary>
    public async Task ApplyAsync(RulesState state, CancellationToken cancellation)
    {
        foreach (FamilyRules family in state.Families)
        {
            if (family.Services.IsEmpty)
            {
                await RemoveAsync(family.IsIPv6, cancellation);
            }
            else
            {
                ImmutableArray<string> now = await host.ReadRulesAsync(family.IsIPv6, cancellation);
                await host.RestoreRulesAsync(family.IsIPv6, RulesOf(family).Restore(PresentJumps(now)), cancellation);
            }
        }

        _knowsPods = KnowsPods(state);
    }

    /// <summary>Removes them; whether there were any.</summary>
    public async Task<bool> RemoveAsync(bool isIPv6, CancellationToken cancellation)
    {
        if (!host.Exists(IpvsHost.Iptables(isIPv6, "-save")))
        {
            return false;
        }

        ImmutableArray<string> now = await host.ReadRulesAsync(isIPv6, cancellation);
        HashSet<string> chains = [.. now.Where(l => l.Contains(": :", StringComparison.Ordinal)).Select(l => l[(l.LastIndexOf(':') + 1)..])];
        string removal = IpvsHelperRules.Removal(PresentJumps(now), chains);
        if (removal.Length == 0)
        {
            return false;
        }

        await host.RestoreRulesAsync(isIPv6, removal, cancellation);
        return true;
    }

    public async Task<bool> AreIntactAsync(IpvsState state, CancellationToken cancellation)
    {
        foreach (bool isIPv6 in (bool[])[false, true])
        {
            foreach ((string table, string chain, string rule) in state.HasFamily(isIPv6) ? s_canaries : [])
            {
                if (!await host.SucceedsAsync(IpvsHost.Iptables(isIPv6, ""), ["-w", "5", "-t", table, "-C", chain, .. rule.Split(' ')], cancellation))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Lines that are missing, and lines that are too many.</summary>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ImmutableArray<string>.Builder differences = ImmutableArray.CreateBuilder<string>();
        foreach (FamilyRules family in state.Families.Where(f => host.Exists(IpvsHost.Iptables(f.IsIPv6, "-save"))))
        {
            string[] wanted = family.Services.IsEmpty ? [] : [.. RulesOf(family).Lines()];
            string[] now = [.. (await host.ReadRulesAsync(family.IsIPv6, cancellation)).Where(l => l.Contains(": -A ", StringComparison.Ordinal))];
            string tool = IpvsHost.Iptables(family.IsIPv6, "");
            differences.AddRange(wanted.Except(now, StringComparer.Ordinal).Select(l => $"- {tool} {l}"));
            differences.AddRange(now.Except(wanted, StringComparer.Ordinal).Select(l => $"+ {tool} {l}"));
        }

        return differences.ToImmutable();
    }

    private static (bool IPv4, bool IPv6) KnowsPods(RulesState state) => (!state.IPv4.PodNetworks.IsEmpty, !state.IPv6.PodNetworks.IsEmpty);

    private static HashSet<(string Table, string Chain, string Rule)> PresentJumps(ImmutableArray<string> lines) =>
        [.. IpvsHelperRules.Jumps.Where(j => lines.Contains($"{j.Table}: -A {j.Chain} {j.Rule}", StringComparer.Ordinal))];

    private IpvsHelperRules RulesOf(FamilyRules family) => new(options, family.IsIPv6, !family.PodNetworks.IsEmpty);
}
