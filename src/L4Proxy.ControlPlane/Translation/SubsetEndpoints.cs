using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Endpoints from an Endpoints object, as the mirroring controller makes slices of it.</summary>
internal sealed class SubsetEndpoints(Endpoints endpoints) : IPortEndpoints
{
    public string? WhyNone => "its Endpoints object lists none for its ports";

    public IEnumerable<EndpointEntry> Of(ServicePort port)
    {
        List<EndpointEntry> entries = [];
        foreach (EndpointSubset subset in endpoints.Subsets)
        {
            foreach (int number in subset.Ports.Serving(port))
            {
                entries.AddRange(Entries(subset.Addresses, number, ready: true));
                entries.AddRange(Entries(subset.NotReadyAddresses, number, ready: false));
            }
        }

        return entries;
    }

    private static IEnumerable<EndpointEntry> Entries(IReadOnlyList<EndpointAddress> addresses, int port, bool ready)
    {
        foreach (EndpointAddress item in addresses)
        {
            if (EndpointAddressText.TryParse(item.IP, out IPAddress? address))
            {
                yield return new EndpointEntry
                {
                    Address = new IPEndPoint(address, port),
                    Ready = ready,
                    Serving = ready,
                    NodeName = item.NodeName,
                    TargetName = item.TargetRef?.Name ?? item.Hostname,
                };
            }
        }
    }
}
