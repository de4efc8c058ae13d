using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Measuring;

/// <summary>A process with all that descend from it.</summary>
internal static class ProcessTree
{
    /// <summary>The process first; empty when it has ended.</summary>
    public static ImmutableArray<int> Of(int root)
    {
        if (ProcFiles.ReadStat(root) is null)
        {
            return [];
        }

        ILookup<int, int> children = ProcFiles.Processes()
            .Select(id => (Id: id, Stat: ProcFiles.ReadStat(id)))
            .Where(p => p.Stat is not null)
            .ToLookup(p => p.Stat!.Value.Parent, p => p.Id);
        var tree = ImmutableArray.CreateBuilder<int>();
        tree.Add(root);
        for (int i = 0; i < tree.Count; i++)
        {
            tree.AddRange(children[tree[i]]);
        }

        return tree.ToImmutable();
    }
}
