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

        // All processes of the machine are looked at only where the kernel does not tell who has which children.
        Lazy<ILookup<int, int>> all = new(AllByParent);
        var tree = ImmutableArray.CreateBuilder<int>();
        tree.Add(root);
        for (int i = 0; i < tree.Count; i++)
        {
            tree.AddRange(ProcFiles.Children(tree[i]) ?? all.Value[tree[i]]);
        }

        return tree.ToImmutable();
    }

    private static ILookup<int, int> AllByParent() => ProcFiles.Processes()
        .Select(id => (Id: id, Stat: ProcFiles.ReadStat(id)))
        .Where(p => p.Stat is not null)
        .ToLookup(p => p.Stat!.Value.Parent, p => p.Id);
}
