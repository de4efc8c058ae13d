using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Endpoints from an Endpoints object, as the mirroring controller makes slices of it.</summary>
internal sealed class SubsetEndpoints(Endpoints endpoints) : IPortEndpoints
{
    public string? WhyNone => "its Endpoints object lists none for its ports";

    public void AddTo(List<EndpointCandidate> candidates, ServicePort port)
    {
        foreach (EndpointSubset subset in endpoints.Subsets)
        {
            foreach (int number in subset.Ports.Serving(port))
            {
                candidates.AddRange(Candidates(subset.Addresses, number, ready: true));
                candidates.AddRange(Candidates(subset.NotReadyAddresses, number, ready: false));
            }
        }
    }

    /// <inheritdoc/>
    public int ReadyOn(string nodeName) => endpoints.Subsets
        .SelectMany(s => s.Addresses)
        .Where(a => a.NodeName == nodeName)
        .DistinctBy(a => a.IP, StringComparer.Ordinal)
        .Count();

    private static IEnumerable<EndpointCandidate> Candidates(IReadOnlyList<EndpointAddress> addresses, int port, bool ready)
    {
        foreach (EndpointAddress item in addresses)
        {
            if (EndpointAddressText.TryParse(item.IP, out IPAddress? address))
            {
                yield return new EndpointCandidate
                {
                    Address = address,
                    Port = port,
                    Ready = ready,
                    Serving = ready,
                    NodeName = item.NodeName,
                    TargetName = item.TargetRef?.Name ?? item.Hostname,
                };
            }
        }
    }
}
