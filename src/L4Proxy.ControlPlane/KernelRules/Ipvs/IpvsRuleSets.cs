using System.Collections.Immutable;
using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>The helper rules of both families in the kernel.</summary>
internal sealed class IpvsRuleSets(IHostTools tools, RulesOptions options)
{
    private IptablesTool[]? _tools;
    private (bool IPv4, bool IPv6) _knowsPods;

    /// <summary>Whether the rules that were applied last are those of a state.</summary>
    public bool AreFor(RulesState state) => _knowsPods == KnowsPods(state);

    /// <summary>Writes them anew, a table in one transaction; a family without Services has none.</summary>
    public async Task ApplyAsync(RulesState state, CancellationToken cancellation)
    {
        foreach ((FamilyRules family, IptablesTool tool) in state.Families.Zip(await ToolsAsync(cancellation)))
        {
            if (family.Services.IsEmpty)
            {
                await RemoveAsync(tool, cancellation);
            }
            else
            {
                SavedTables saved = await tool.ReadAsync(cancellation);
                RestoreInput input = RulesOf(family).Restore(saved.Jumps(IpvsNames.IsChain));
                await BuiltInChains.RemarkAsync(input, tool, IpvsHelperRules.Jumps, saved, cancellation);
                await tool.RestoreAsync(input, cancellation);
            }
        }

        _knowsPods = KnowsPods(state);
    }

    /// <summary>Removes them in all variants of iptables; whether there were any.</summary>
    public Task<bool> RemoveAsync(CancellationToken cancellation) =>
        Removal.EverywhereAsync(tools, static (tool, saved, c) => Removal.RunAsync(tool, saved, IpvsNames.IsChain, c), cancellation);

    /// <summary>Asks for one jump of each table, which a flush takes away.</summary>
    public async Task<bool> AreIntactAsync(IpvsState state, CancellationToken cancellation)
    {
        foreach (IptablesTool tool in (await ToolsAsync(cancellation)).Where(t => state.HasFamily(t.IsIPv6)))
        {
            RestoreInput canaries = new();
            foreach (ChainRule jump in IpvsHelperRules.Jumps.DistinctBy(j => j.Table))
            {
                canaries.Check(jump);
            }

            if (!await tool.IsAcceptedAsync(canaries, cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Lines that are missing, and lines that are too many.</summary>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ImmutableArray<string>.Builder differences = ImmutableArray.CreateBuilder<string>();
        foreach ((FamilyRules family, IptablesTool tool) in state.Families.Zip(await ToolsAsync(cancellation)))
        {
            if (tool.Exists && await tool.TryReadAsync(cancellation) is { } saved)
            {
                IEnumerable<ChainRule> wanted = family.Services.IsEmpty ? [] : RulesOf(family).Rules();
                differences.AddRange(RulesDiff.Of(wanted, saved.RulesOf(IpvsNames.IsChain), family.IsIPv6));
            }
        }

        return differences.ToImmutable();
    }

    private static (bool IPv4, bool IPv6) KnowsPods(RulesState state) => (!state.IPv4.PodNetworks.IsEmpty, !state.IPv6.PodNetworks.IsEmpty);

    private static async Task RemoveAsync(IptablesTool tool, CancellationToken cancellation)
    {
        if (tool.Exists && await tool.TryReadAsync(cancellation) is { } saved)
        {
            await Removal.RunAsync(tool, saved, IpvsNames.IsChain, cancellation);
        }
    }

    private IpvsHelperRules RulesOf(FamilyRules family) => new(options, family.IsIPv6, !family.PodNetworks.IsEmpty);

    /// <summary>Of IPv4 and of IPv6, in the variant that others on this host use.</summary>
    private async Task<IptablesTool[]> ToolsAsync(CancellationToken cancellation)
    {
        if (_tools is null)
        {
            IptablesVariant variant = await VariantChoice.ChooseAsync(tools, cancellation);
            _tools = [new(tools, AddressFamily.InterNetwork, variant), new(tools, AddressFamily.InterNetworkV6, variant)];
        }

        return _tools;
    }
}
