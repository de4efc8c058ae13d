using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>A port that a proxy listens on, and the endpoints that it leads to, round robin.</summary>
internal sealed record SubjectListener(IPEndPoint Address, ImmutableArray<IPEndPoint> Endpoints)
{
    /// <summary>Whether both lead the same to the same; the order of endpoints says nothing.</summary>
    public static bool AreSame(ImmutableArray<SubjectListener> one, ImmutableArray<SubjectListener> other) =>
        HaveSameAddresses(one, other) && one.Zip(other).All(pair => pair.First.Endpoints.ToHashSet().SetEquals(pair.Second.Endpoints));

    public static bool HaveSameAddresses(ImmutableArray<SubjectListener> one, ImmutableArray<SubjectListener> other) =>
        one.Select(l => l.Address).SequenceEqual(other.Select(l => l.Address));
}
