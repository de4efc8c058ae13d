using System.Net.Sockets;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Removes our chains of one kind, and the jumps to them.</summary>
internal static class Removal
{
    private static readonly AddressFamily[] s_families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    public static async Task<bool> RunAsync(IptablesTool tool, SavedTables saved, Predicate<string> kind, CancellationToken cancellation)
    {
        RestoreInput input = new();
        foreach (ChainRule jump in saved.Jumps(kind))
        {
            input.Delete(jump);
        }

        Add(input, saved.OwnChains.Where(c => kind(c.Chain)));
        await tool.RestoreAsync(input, cancellation);
        if (saved.OwnChains.Any())
        {
            await BuiltInChains.RemoveAsync(tool, cancellation);
        }

        return !input.IsEmpty;
    }

    /// <summary>Removes chains, each after those that may jump to it.</summary>
    public static void Add(RestoreInput input, IEnumerable<(IptablesTable Table, string Chain)> chains)
    {
        foreach ((IptablesTable table, string chain) in chains.OrderBy(c => ChainNames.Depth(c.Chain)))
        {
            input.Remove(table, chain);
            input.AllowCommit(table);
        }
    }

    /// <summary>Runs a removal by all tools that there are; true when one found something.</summary>
    public static async Task<bool> EverywhereAsync(
        IHostTools tools, Func<IptablesTool, SavedTables, CancellationToken, Task<bool>> remove, CancellationToken cancellation)
    {
        bool found = false;
        RulesException? first = null;
        foreach (IptablesTool tool in ToolsOf(tools))
        {
            try
            {
                found |= await tool.TryReadAsync(cancellation) is { } saved && await remove(tool, saved, cancellation);
            }
            catch (RulesException e)
            {
                // The trouble of one is none of the others'.
                first ??= e;
            }
        }

        return first is null ? found : throw first;
    }

    /// <summary>
    /// Removes what an earlier run wrote by the variant that is not used now: packets would pass both. What cannot be read or removed is no
    /// reason not to begin, as without the rights that the other variant needs.
    /// </summary>
    /// <exception cref="RulesException">Somebody else is busy there: the same may work a moment later.</exception>
    public static async Task FromOtherVariantAsync(
        IptablesTool used, Predicate<string> kind, Func<IptablesTool, SavedTables, CancellationToken, Task<bool>> remove, ILogger logger, CancellationToken cancellation)
    {
        if (!used.Exists)
        {
            return;
        }

        bool isNft = await used.IsNftAsync(cancellation);
        IptablesTool other = new(used.Tools, used.Family, isNft ? IptablesVariant.Legacy : IptablesVariant.Nft);
        try
        {
            if (other.Exists && await other.TryReadAsync(cancellation) is { } saved && saved.OwnChains.Any(c => kind(c.Chain)))
            {
                await remove(other, saved, cancellation);
            }
        }
        catch (RulesException e) when (!e.IsBusy)
        {
            IptablesLog.OtherVariantStays(logger, other.SaveName, e.Message);
        }
    }

    /// <summary>
    /// The tools of both families and of all variants that are there: an earlier run may have used another one than this. The host's own
    /// name is asked only where it is no other name of one of the two.
    /// </summary>
    private static IEnumerable<IptablesTool> ToolsOf(IHostTools tools)
    {
        foreach (AddressFamily family in s_families)
        {
            IptablesTool[] variants =
            [
                new(tools, family, IptablesVariant.Nft),
                new(tools, family, IptablesVariant.Legacy),
            ];
            IptablesTool[] there = Array.FindAll(variants, t => t.Exists);
            foreach (IptablesTool tool in there)
            {
                yield return tool;
            }

            IptablesTool host = new(tools, family, IptablesVariant.Host);
            if (there.Length < variants.Length && host.Exists)
            {
                yield return host;
            }
        }
    }
}
