using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// What matters of one EndpointSlice, read once: a cluster has many of them, each of its endpoints is asked for with each
/// Service port, and the object itself can be let go.
/// </summary>
internal sealed class SliceContent
{
    private readonly List<EndpointPort> _ports;
    private readonly EndpointCandidate[] _endpoints;

    /// <summary>Reads a slice.</summary>
    /// <param name="slice">The object.</param>
    /// <param name="hints">Keeps hints that come again and again once.</param>
    /// <param name="refusesLocal">Whether endpoints with <see cref="EndpointAddressText.IsLocal"/> addresses are left out.</param>
    public SliceContent(EndpointSlice slice, HintPool hints, bool refusesLocal = false)
    {
        ObjectMeta metadata = slice.Metadata;
        Origin = new EndpointSlice
        {
            Metadata = new ObjectMeta { Namespace = metadata.Namespace, Name = metadata.Name, Origin = metadata.Origin },
            AddressType = slice.AddressType,
        };
        ServiceName = ServiceOf(slice);
        Family = slice.AddressType switch
        {
            "IPv4" => AddressFamily.InterNetwork,
            "IPv6" => AddressFamily.InterNetworkV6,
            _ => AddressFamily.Unspecified,
        };
        _ports = [.. slice.Ports.Where(p => p.Port is >= 1 and <= 65535)];
        ProblemList problems = new();
        int weight = SliceAnnotations.Weight(slice, problems);
        _endpoints = Family == AddressFamily.Unspecified ? [] : [.. Read(slice, Family, weight, hints)];
        if (refusesLocal && Array.Exists(_endpoints, IsLocal))
        {
            IPEndPoint[] local = [.. _endpoints.Where(IsLocal).Select(e => new IPEndPoint(e.Address, 0)).Order(AddressOrder.Instance)];
            _endpoints = Array.FindAll(_endpoints, e => !IsLocal(e));
            string others = local.Length == 1 ? "" : $" and {local.Length - 1} more";
            problems.Warning(Origin, "endpoints", $"{local[0].Address}{others} not used: a loopback or link-local address leads to this node, not to a Pod");
        }

        Problems = problems.ToImmutable();
    }

    /// <summary>What identifies the object, to be named in problems.</summary>
    public EndpointSlice Origin { get; }

    /// <summary>The Service that it belongs to; null when it does not say.</summary>
    public string? ServiceName { get; }

    /// <summary>Family of its endpoints; <see cref="AddressFamily.Unspecified"/> for one that cannot be used (FQDN).</summary>
    public AddressFamily Family { get; }

    /// <summary>What is wrong with its annotations and addresses.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>The Service that a slice names; null when it names none.</summary>
    public static string? ServiceOf(EndpointSlice slice) =>
        slice.Metadata.Labels.TryGetValue(EndpointSlice.ServiceNameLabel, out string? name) && name.Length > 0 ? name : null;

    public void AddTo(List<EndpointCandidate> candidates, ServicePort port)
    {
        foreach (int number in _ports.Serving(port))
        {
            foreach (ref readonly EndpointCandidate endpoint in _endpoints.AsSpan())
            {
                candidates.Add(endpoint with { Port = number });
            }
        }
    }

    public void AddReadyOn(string nodeName, HashSet<IPAddress> addresses)
    {
        if (_ports.Count > 0)
        {
            addresses.UnionWith(_endpoints.Where(e => e.Ready && e.NodeName == nodeName).Select(e => e.Address));
        }
    }

    private static bool IsLocal(EndpointCandidate endpoint) => EndpointAddressText.IsLocal(endpoint.Address);

    private static IEnumerable<EndpointCandidate> Read(EndpointSlice slice, AddressFamily family, int weight, HintPool hints)
    {
        foreach (SliceEndpoint endpoint in slice.Endpoints)
        {
            // Only the first address counts: what several would mean was never defined.
            if (endpoint.Addresses is [string first, ..] && EndpointAddressText.TryParse(first, out IPAddress? address)
                && address.AddressFamily == family)
            {
                yield return new EndpointCandidate
                {
                    Address = address,
                    Weight = weight,
                    Ready = endpoint.Conditions?.Ready ?? true,
                    Serving = endpoint.Conditions?.Serving ?? true,
                    Terminating = endpoint.Conditions?.Terminating ?? false,
                    NodeName = endpoint.NodeName,
                    Zone = endpoint.Zone,
                    TargetName = endpoint.TargetRef?.Name ?? endpoint.Hostname,
                    Hints = hints.Get(endpoint.Hints),
                };
            }
        }
    }
}
