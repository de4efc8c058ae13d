using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Endpoints from EndpointSlices. Ports are matched by name, each slice with its own numbers, so that two endpoints may
/// differ in a named target port.
/// </summary>
internal sealed class SliceEndpoints : IPortEndpoints
{
    private readonly AddressFamily _primary;
    private readonly List<SliceContent> _slices = [];

    /// <summary>Chooses the slices of the Service's families.</summary>
    /// <param name="service">The Service.</param>
    /// <param name="slices">All slices with its name.</param>
    /// <param name="isCluster">
    /// Whether slices of another family are out of the question, as for kube-proxy. Else they are used when there is no
    /// other: a proxy can carry a connection from one family to the other, kernel rules cannot.
    /// </param>
    /// <param name="problems">Gets what is to be said about the slices.</param>
    public SliceEndpoints(Service service, IReadOnlyCollection<SliceContent> slices, bool isCluster, ProblemList problems)
    {
        _primary = service.HasFamily(AddressFamily.InterNetwork) ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        bool useAll = !isCluster && !slices.Any(s => s.Family != AddressFamily.Unspecified && service.HasFamily(s.Family));
        foreach (SliceContent slice in slices)
        {
            if (slice.Family != AddressFamily.Unspecified && (useAll || service.HasFamily(slice.Family)))
            {
                problems.AddRange(slice.Problems);
                _slices.Add(slice);
            }
            else if (!isCluster)
            {
                string type = Shown.Text(slice.Origin.AddressType);
                problems.Note(slice.Origin, "addressType", slice.Family == AddressFamily.Unspecified
                    ? $"not used: address type {type}; only IPv4 and IPv6 are"
                    : $"not used: the Service is not {type}, and it has slices of its own family");
            }
        }
    }

    public string? WhyNone => "its EndpointSlices list none for its ports";

    public void AddTo(List<EndpointCandidate> candidates, ServicePort port)
    {
        foreach (SliceContent slice in _slices)
        {
            slice.AddTo(candidates, port);
        }
    }

    /// <inheritdoc/>
    public int ReadyOn(string nodeName)
    {
        // A Pod with two families is listed once in each.
        HashSet<IPAddress> addresses = [];
        foreach (SliceContent slice in _slices.Where(s => s.Family == _primary))
        {
            slice.AddReadyOn(nodeName, addresses);
        }

        return addresses.Count;
    }
}
