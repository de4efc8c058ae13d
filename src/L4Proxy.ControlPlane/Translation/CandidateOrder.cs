namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// A total order of what is said about endpoints: by address and port, and of two that speak about the same address the
/// one to believe first. A running Pod has the address of one that terminates, a ready one that of one that is not; the
/// rest only makes the answer independent of the order in which objects came.
/// </summary>
internal sealed class CandidateOrder : IComparer<EndpointCandidate>
{
    public static readonly CandidateOrder Instance = new();

    public int Compare(EndpointCandidate x, EndpointCandidate y)
    {
        int order = AddressOrder.Compare(x.Address, y.Address);
        order = order != 0 ? order : x.Port.CompareTo(y.Port);
        order = order != 0 ? order : x.Terminating.CompareTo(y.Terminating);
        order = order != 0 ? order : y.Ready.CompareTo(x.Ready);
        order = order != 0 ? order : y.Serving.CompareTo(x.Serving);
        order = order != 0 ? order : string.CompareOrdinal(y.TargetName, x.TargetName);
        order = order != 0 ? order : string.CompareOrdinal(y.NodeName, x.NodeName);
        order = order != 0 ? order : y.Weight.CompareTo(x.Weight);
        order = order != 0 ? order : string.CompareOrdinal(y.Zone, x.Zone);
        return order != 0 ? order : TopologyHints.Compare(y.Hints, x.Hints);
    }
}
