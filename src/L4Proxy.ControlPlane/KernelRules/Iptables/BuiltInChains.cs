using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Built-in chains and tables of the nft variant come into being by being used. Which of them are there by our doing is remembered by
/// empty chains of our own beside them, so that they can go with us. The legacy variant's stay: nothing can remove them.
/// </summary>
internal static class BuiltInChains
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Adds a remark for each built-in chain that jumps are about to make.</summary>
    public static async Task RemarkAsync(
        RestoreInput input, IptablesTool tool, IEnumerable<ChainRule> jumps, SavedTables saved, CancellationToken cancellation)
    {
        HashSet<ChainRule> there = [.. saved.Jumps(static _ => true)];
        foreach ((IptablesTable table, string chain) in jumps.Where(j => !there.Contains(j)).Select(j => (j.Table, j.Chain)).Distinct())
        {
            if (saved.IsBareBuiltIn(table, chain) && !saved.Has(table, ChainNames.MadePrefix + chain)
                && !await IsThereAsync(tool, table, chain, saved, cancellation))
            {
                input.Empty(table, ChainNames.MadePrefix + chain);
            }
        }
    }

    /// <summary>Removes what only we have made, once nothing is in it. To be called when all our other chains of the tables have gone.</summary>
    public static async Task RemoveAsync(IptablesTool tool, CancellationToken cancellation)
    {
        SavedTables saved = await tool.ReadAsync(cancellation);
        foreach (IGrouping<IptablesTable, string> made in saved.OwnChains.Where(c => IsRemark(c.Chain)).ToLookup(c => c.Table, c => c.Chain))
        {
            if (saved.OwnChains.Any(c => c.Table == made.Key && !IsRemark(c.Chain)))
            {
                // Another of our ways is in force in this table.
                continue;
            }

            RestoreInput input = new();
            foreach (string remark in made)
            {
                string chain = remark[ChainNames.MadePrefix.Length..];
                input.Remove(made.Key, remark);
                if (saved.IsBareBuiltIn(made.Key, chain) && await IsThereAsync(tool, made.Key, chain, saved, cancellation))
                {
                    input.RemoveBuiltIn(made.Key, chain);
                }
            }

            await tool.RestoreAsync(input, cancellation);
            await RemoveTableAsync(tool, made.Key, cancellation);
        }
    }

    private static bool IsRemark(string chain) => chain.StartsWith(ChainNames.MadePrefix, StringComparison.Ordinal);

    /// <summary>Without nft nobody can tell; then a chain is taken for somebody else's unless there is no table at all.</summary>
    private static async Task<bool> IsThereAsync(
        IptablesTool tool, IptablesTable table, string chain, SavedTables saved, CancellationToken cancellation)
    {
        if (!await tool.IsNftAsync(cancellation) || !saved.HasTable(table))
        {
            return saved.HasTable(table) || !await tool.IsNftAsync(cancellation);
        }

        return !tool.Tools.Exists("nft")
            || (await NftAsync(tool, ["list", "chain", FamilyOf(tool), SavedTables.NameOf(table), chain], cancellation)).Succeeded;
    }

    private static async Task RemoveTableAsync(IptablesTool tool, IptablesTable table, CancellationToken cancellation)
    {
        ImmutableArray<string> names = [FamilyOf(tool), SavedTables.NameOf(table)];
        if (tool.Tools.Exists("nft"))
        {
            ToolResult list = await NftAsync(tool, ["list", "table", .. names], cancellation);
            if (list.Succeeded && IsEmptyTable(list.Output))
            {
                await NftAsync(tool, ["delete", "table", .. names], cancellation);
            }
        }
    }

    /// <summary>Sets of somebody else may be all that a table has.</summary>
    private static bool IsEmptyTable(string listing) =>
        listing.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .All(line => line is "}" || line[0] == '#' || line.StartsWith("table ", StringComparison.Ordinal));

    private static Task<ToolResult> NftAsync(IptablesTool tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        tool.Tools.RunAsync("nft", arguments, null, s_timeout, cancellation);

    private static string FamilyOf(IptablesTool tool) => tool.IsIPv6 ? "ip6" : "ip";
}
