using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Endpoints from EndpointSlices. Ports are matched by name, each slice with its own numbers, so that two
/// endpoints may differ in a named target port. Slices of a family that the Service does not have are used only when
/// there is no other: a proxy can carry a connection from one family to the other, kernel rules cannot.
/// </summary>
internal sealed class SliceEndpoints : IPortEndpoints
{
    private readonly List<(EndpointSlice Slice, int Weight)> _slices = [];

    public SliceEndpoints(Service service, IReadOnlyList<EndpointSlice> slices, ProblemList problems)
    {
        List<EndpointSlice> usable = [.. slices.Where(s => FamilyOf(s) is not null)];
        bool FamilyMatches(EndpointSlice slice) => service.HasFamily(FamilyOf(slice)!.Value);
        bool anyMatches = usable.Any(FamilyMatches);
        foreach (EndpointSlice slice in slices)
        {
            if (FamilyOf(slice) is null)
            {
                problems.Note(slice, "addressType", $"not used: address type {slice.AddressType}; only IPv4 and IPv6 are");
            }
            else if (!anyMatches || FamilyMatches(slice))
            {
                _slices.Add((slice, SliceAnnotations.Weight(slice, problems)));
            }
            else
            {
                problems.Note(
                    slice, "addressType", $"not used: the Service is not {slice.AddressType}, and it has slices of its own family");
            }
        }
    }

    public string? WhyNone => "its EndpointSlices list none for its ports";

    public IEnumerable<EndpointEntry> Of(ServicePort port)
    {
        foreach ((EndpointSlice slice, int weight) in _slices)
        {
            foreach (int number in slice.Ports.Serving(port))
            {
                foreach (SliceEndpoint endpoint in slice.Endpoints)
                {
                    if (AddressOf(endpoint) is { } address)
                    {
                        yield return Entry(endpoint, address, number, weight);
                    }
                }
            }
        }
    }

    private static EndpointEntry Entry(SliceEndpoint endpoint, IPAddress address, int port, int weight) => new()
    {
        Address = new IPEndPoint(address, port),
        Weight = weight,
        Ready = endpoint.Conditions?.Ready ?? true,
        Serving = endpoint.Conditions?.Serving ?? true,
        Terminating = endpoint.Conditions?.Terminating ?? false,
        NodeName = endpoint.NodeName,
        Zone = endpoint.Zone,
        TargetName = endpoint.TargetRef?.Name ?? endpoint.Hostname,
    };

    private static IPAddress? AddressOf(SliceEndpoint endpoint) =>
        EndpointAddressText.TryParse(endpoint.Addresses is [string first, ..] ? first : null, out IPAddress? address) ? address : null;

    private static AddressFamily? FamilyOf(EndpointSlice slice) => slice.AddressType switch
    {
        "IPv4" => AddressFamily.InterNetwork,
        "IPv6" => AddressFamily.InterNetworkV6,
        _ => null,
    };
}
