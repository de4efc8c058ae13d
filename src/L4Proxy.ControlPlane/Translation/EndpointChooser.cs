using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Which of a Service port's endpoints get new connections, by the rules of kube-proxy (CategorizeEndpoints). The cluster
/// list: the ready ones that hints lead to; when there is none, those that still serve while they terminate (KEP-1669),
/// whatever their hints. The local list: the same of this node alone, without hints.
/// </summary>
/// <param name="nodeName">This node; null when nobody knows it: no endpoint is local, no hint is followed.</param>
/// <param name="zone">Zone of this node; null when unknown.</param>
internal sealed class EndpointChooser(string? nodeName, string? zone)
{
    /// <summary>One entry for each address, in order, with what of it may be used.</summary>
    /// <param name="candidates">In any order, an address perhaps more than once; used as scratch space.</param>
    /// <param name="lists">The lists that some frontend uses; the others stay empty.</param>
    /// <param name="sameFamily">Whether each family makes its own choice.</param>
    public ImmutableArray<EndpointEntry> Choose(List<EndpointCandidate> candidates, EndpointLists lists, bool sameFamily)
    {
        Span<EndpointCandidate> sorted = WithoutDuplicates(CollectionsMarshal.AsSpan(candidates));
        if (sorted.IsEmpty)
        {
            return [];
        }

        EndpointEntry[] entries = new EndpointEntry[sorted.Length];
        int split = sameFamily ? IndexOfIPv6(sorted) : sorted.Length;
        Choose(sorted[..split], entries, lists);
        Choose(sorted[split..], entries.AsSpan(split), lists);
        return ImmutableCollectionsMarshal.AsImmutableArray(entries);
    }

    private void Choose(ReadOnlySpan<EndpointCandidate> candidates, Span<EndpointEntry> entries, EndpointLists lists)
    {
        bool wantsCluster = lists.HasFlag(EndpointLists.Cluster);
        bool wantsLocal = lists.HasFlag(EndpointLists.Local);
        TopologyMode mode = wantsCluster ? ModeOf(candidates) : TopologyMode.None;
        bool anyReady = false;
        bool anyReadyLocally = false;
        foreach (ref readonly EndpointCandidate candidate in candidates)
        {
            anyReady |= candidate.Ready && Admits(mode, candidate);
            anyReadyLocally |= candidate.Ready && IsLocal(candidate);
        }

        for (int i = 0; i < candidates.Length; i++)
        {
            ref readonly EndpointCandidate candidate = ref candidates[i];
            bool isLastResort = candidate.Serving && candidate.Terminating;
            bool usable = wantsCluster && (anyReady ? candidate.Ready && Admits(mode, candidate) : isLastResort);
            bool isLocal = IsLocal(candidate);
            bool usableLocally = wantsLocal && isLocal && (anyReadyLocally ? candidate.Ready : isLastResort);
            entries[i] = candidate.ToEntry(usable, usableLocally, isLocal);
        }
    }

    private bool IsLocal(in EndpointCandidate candidate) => nodeName is not null && candidate.NodeName == nodeName;

    /// <summary>
    /// Hints are all or nothing: followed when every ready endpoint has one and at least one of them leads here. Those
    /// for nodes come before those for zones.
    /// </summary>
    private TopologyMode ModeOf(ReadOnlySpan<EndpointCandidate> candidates)
    {
        bool allHintNodes = nodeName is not null;
        bool allHintZones = nodeName is not null && zone is not null;
        bool anyForNode = false;
        bool anyForZone = false;
        foreach (ref readonly EndpointCandidate candidate in candidates)
        {
            if (candidate.Ready)
            {
                allHintNodes &= candidate.Hints is { Nodes.IsEmpty: false };
                allHintZones &= candidate.Hints is { Zones.IsEmpty: false };
                anyForNode |= allHintNodes && candidate.Hints!.LeadToNode(nodeName!);
                anyForZone |= allHintZones && candidate.Hints!.LeadToZone(zone!);
            }
        }

        return allHintNodes && anyForNode ? TopologyMode.SameNode
            : allHintZones && anyForZone ? TopologyMode.SameZone
            : TopologyMode.None;
    }

    private bool Admits(TopologyMode mode, in EndpointCandidate candidate) => mode switch
    {
        TopologyMode.SameNode => candidate.Hints!.LeadToNode(nodeName!),
        TopologyMode.SameZone => candidate.Hints!.LeadToZone(zone!),
        _ => true,
    };

    private static Span<EndpointCandidate> WithoutDuplicates(Span<EndpointCandidate> candidates)
    {
        candidates.Sort(CandidateOrder.Instance);
        int kept = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (i == 0 || candidates[i].Port != candidates[kept - 1].Port || !candidates[i].Address.Equals(candidates[kept - 1].Address))
            {
                candidates[kept++] = candidates[i];
            }
        }

        return candidates[..kept];
    }

    private static int IndexOfIPv6(ReadOnlySpan<EndpointCandidate> sorted)
    {
        int index = 0;
        while (index < sorted.Length && sorted[index].Address.AddressFamily == AddressFamily.InterNetwork)
        {
            index++;
        }

        return index;
    }

    /// <summary>Which hints are followed.</summary>
    private enum TopologyMode
    {
        None,
        SameNode,
        SameZone,
    }
}
