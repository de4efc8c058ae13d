using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Who may use the frontends of a Service, and which endpoints they lead to.</summary>
internal sealed class TrafficRules
{
    private readonly NodeView _node;
    private readonly EndpointScope _internal;
    private readonly EndpointScope _external;
    private readonly ImmutableArray<IPNetwork> _ranges;
    private readonly ImmutableArray<IPAddress> _balancers;

    public TrafficRules(Service service, NodeView node, ProblemList problems)
    {
        _node = node;
        // Without a name no endpoint is known to be local: nothing at all would be served.
        bool canBeLocal = node.Name is not null;
        _internal = canBeLocal && service.Spec.InternalTrafficPolicy == "Local" ? EndpointScope.Local : EndpointScope.Cluster;
        _external = canBeLocal && service.Spec.ExternalTrafficPolicy == "Local" ? EndpointScope.Local : EndpointScope.Cluster;
        _ranges = service.Spec.Type == "LoadBalancer" ? Read(service, problems) : [];
        _balancers = _ranges.IsEmpty ? []
            : [.. ServiceAddress.ExternalOf(service).Where(a => a.Kind == FrontendKind.LoadBalancer).Select(a => a.Address)];
    }

    /// <summary>A frontend of a kind, with the rules of that kind.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="kind">Why it listens there.</param>
    /// <param name="standsFor">Addresses whose clients are led to it.</param>
    public FrontendEntry Frontend(IPEndPoint address, FrontendKind kind, params ImmutableArray<IPEndPoint> standsFor)
    {
        FrontendEntry frontend = new(address, kind) { StandsFor = standsFor };
        return kind switch
        {
            FrontendKind.ClusterIP or FrontendKind.HostPort => frontend with { FromInside = _internal, FromOutside = _internal },
            // Clients inside are led to all endpoints, as if the load balancer had been passed by.
            FrontendKind.LoadBalancer => frontend with
            {
                FromOutside = _external,
                AllowedSources = AllowedSources((standsFor.IsEmpty ? address : standsFor[0]).AddressFamily),
            },
            _ => frontend with { FromOutside = _external },
        };
    }

    /// <summary>
    /// The source ranges of the family of the load balancer's addresses. When this node is in one of them, its connections
    /// to such an address may well come from one of these addresses, which is on one of its own interfaces then; kube-proxy admits them all,
    /// too.
    /// </summary>
    private NetworkSet AllowedSources(AddressFamily family)
    {
        IPNetwork[] ranges = [.. _ranges.Where(r => r.BaseAddress.AddressFamily == family)];
        if (ranges.Length == 0 || ranges.Any(r => r.PrefixLength == 0))
        {
            return NetworkSet.Empty;
        }

        bool hasNode = _node.InternalIPs.Any(ip => ranges.Any(r => r.Contains(ip)));
        return NetworkSet.Of(hasNode ? ranges.Concat(_balancers.Where(a => a.AddressFamily == family).Select(HostNetwork)) : ranges);
    }

    private static IPNetwork HostNetwork(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    private static ImmutableArray<IPNetwork> Read(Service service, ProblemList problems)
    {
        ImmutableArray<IPNetwork>.Builder ranges = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach ((int i, string text) in service.Spec.LoadBalancerSourceRanges.Index())
        {
            if (NetworkLiteral.TryParse(text.Trim(), out IPNetwork network))
            {
                ranges.Add(network);
            }
            else
            {
                problems.Warning(
                    service, $"spec.loadBalancerSourceRanges[{i}]", $"'{Shown.Text(text)}' is not allowed, ignored; allowed is a network such as 192.0.2.0/24");
            }
        }

        return ranges.ToImmutable();
    }
}
