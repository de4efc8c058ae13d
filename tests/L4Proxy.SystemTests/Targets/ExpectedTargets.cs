using System.Net;
using System.Net.Sockets;

namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// Every address of every Service of a cluster, and what each kind of client gets there: a second and short telling of kube-proxy's rules, which
/// shares nothing with the program, and is compared with recordings of kube-proxy.
/// </summary>
internal sealed class ExpectedTargets
{
    private const int UnservedPort = 81;
    private const int UnservedNodePort = 31999;

    private readonly TargetCluster _cluster;
    private readonly AddressPlan _plan;
    private readonly ModeTraits _traits;

    private ExpectedTargets(TargetCluster cluster, AddressPlan plan, TrafficMode mode)
    {
        _cluster = cluster;
        _plan = plan;
        _traits = ModeTraits.Of(mode);
    }

    public static IEnumerable<Target> Of(TargetCluster cluster, TrafficMode mode) =>
        cluster.Plans.SelectMany(plan => Enum.GetValues<ClientKind>().SelectMany(client => new ExpectedTargets(cluster, plan, mode).Of(client)));

    private IEnumerable<Target> Of(ClientKind client)
    {
        ServiceModel[] services = [.. _cluster.Services.Select(s => new ServiceModel(s, _cluster, _plan)).Where(s => s.HasClusterIP)];
        foreach (ServiceModel service in services)
        {
            foreach (PortModel port in service.Ports.Where(p => p.Protocol != "SCTP"))
            {
                foreach (Target target in Of(client, service, port))
                {
                    yield return target;
                }
            }
        }

        ServiceModel first = services.Where(s => s.IsOurs).MinBy(s => Convert.ToHexString(s.ClusterIPs[0].GetAddressBytes()))!;
        yield return Without(client, "a port that the Service has not", first.ClusterIPs[0], UnservedPort, _traits.UnservedPort);
        yield return Without(client, "an address that no Service has", _plan.NobodysClusterIP, 80, _traits.NobodysAddress);
        yield return Without(client, "a port of the node that no Service has", _plan.Node, UnservedNodePort, TargetFate.Refused);
    }

    private IEnumerable<Target> Of(ClientKind client, ServiceModel service, PortModel port)
    {
        foreach (IPAddress address in service.ClusterIPs)
        {
            IPEndPoint target = new(address, port.Number);
            yield return service.IsOurs
                ? Make(client, service, port, "cluster IP", target, Internal(client, service, port, target))
                : Without(client, $"{service.Name}, which is another proxy's", address, port.Number, _traits.NobodysAddress);
        }

        if (!service.IsOurs)
        {
            yield break;
        }

        foreach (IPAddress address in service.ExternalIPs)
        {
            IPEndPoint target = new(address, port.Number);
            yield return Make(client, service, port, "external IP", target, External(client, service, port, target));
        }

        foreach (IPAddress address in service.LoadBalancerIPs)
        {
            IPEndPoint target = new(address, port.Number);
            Outcome outcome = service.Admits(SourceOf(client, address)) ? External(client, service, port, target) : Outcome.Dropped;
            yield return Make(client, service, port, "load balancer", target, outcome);
        }

        foreach (IPAddress address in service.HostedLoadBalancerIPs)
        {
            yield return Without(client, $"{service.Name}, an address of a load balancer that is a proxy", address, port.Number, TargetFate.Dropped);
        }

        if (port.NodePort != 0)
        {
            yield return NodePort(client, service, port, "node port", _plan.Node, isServed: true);
            yield return NodePort(client, service, port, "node port on the gateway", _plan.Gateway, _traits.NodePortOnGateway);
            if (client == ClientKind.Node)
            {
                yield return IsIPv6
                    ? NodePort(client, service, port, "node port on ::1", IPAddress.IPv6Loopback, _traits.NodePortOnLoopback6)
                    : NodePort(client, service, port, "node port on 127.0.0.1", IPAddress.Loopback, _traits.NodePortOnLoopback);
            }
        }
    }

    private Target NodePort(ClientKind client, ServiceModel service, PortModel port, string what, IPAddress address, bool isServed)
    {
        IPEndPoint target = new(address, port.NodePort);
        return Make(client, service, port, what, target, isServed ? External(client, service, port, target) : Outcome.Refused);
    }

    private bool IsIPv6 => _plan.Family == AddressFamily.InterNetworkV6;

    /// <summary>Traffic to cluster IPs follows internalTrafficPolicy; the addresses of Pods alone are kept.</summary>
    private Outcome Internal(ClientKind client, ServiceModel service, PortModel port, IPEndPoint target) =>
        port.Fate(service.IsInternalLocal ? port.LocalEndpoints : port.ClusterEndpoints, keepsSource: IsPod(client, target.Address));

    /// <summary>
    /// Traffic to all other addresses follows externalTrafficPolicy if it comes from outside, when it keeps its source; Pods and the node are led to
    /// all endpoints, as if they had used the cluster IP.
    /// </summary>
    private Outcome External(ClientKind client, ServiceModel service, PortModel port, IPEndPoint target)
    {
        if (!port.HasAnyEndpoint && client == ClientKind.Node && target.Port != port.NodePort)
        {
            return new Outcome(_traits.EmptyExternalFromNode, [], KeepsSource: false);
        }

        bool isOutside = client is ClientKind.Allowed or ClientKind.Strange;
        bool isLocal = isOutside || (_traits.SharesLocalEndpoints && port.LocalEndpoints.Count > 0);
        return port.Fate(
            service.IsExternalLocal && isLocal ? port.LocalEndpoints : port.ClusterEndpoints,
            keepsSource: service.IsExternalLocal && (isOutside || IsPod(client, target.Address)));
    }

    private Target Make(ClientKind client, ServiceModel service, PortModel port, string what, IPEndPoint address, Outcome outcome)
    {
        TargetFate fate = !_traits.IsProxied ? outcome.Fate
            : port.IsUdp ? Unserved(service, address)
            : outcome.Fate == TargetFate.Dropped ? TargetFate.Refused
            : outcome.Fate;
        return new Target
        {
            Client = client,
            Service = service.Name,
            Name = what,
            Protocol = port.IsUdp ? ProtocolType.Udp : ProtocolType.Tcp,
            Address = address,
            Fate = fate,
            IsSticky = service.HasAffinity,
            Answers = fate == TargetFate.Served ? outcome.Endpoints.Select(e => new TargetAnswer(e, SeenBy(SourceOf(client, address.Address), e, outcome.KeepsSource))).ToHashSet() : [],
        };
    }

    /// <summary>What becomes of a datagram to a proxy, which serves none: what becomes of any other port that nobody serves.</summary>
    private TargetFate Unserved(ServiceModel service, IPEndPoint address) =>
        address.Address.Equals(_plan.Node) || address.Address.Equals(_plan.Gateway) || IPAddress.IsLoopback(address.Address) ? TargetFate.Refused
        : service.Ports.Any(p => p.Protocol == "TCP") ? _traits.UnservedPort
        : _traits.NobodysAddress;

    private static Target Without(ClientKind client, string name, IPAddress address, int port, TargetFate fate) =>
        new() { Client = client, Name = name, Protocol = ProtocolType.Tcp, Address = new IPEndPoint(address, port), Fate = fate };

    /// <summary>
    /// A client whose address is not kept is seen as the address of the node on the way to the endpoint; so is an endpoint that meets itself, which
    /// could not answer otherwise.
    /// </summary>
    private IPAddress SeenBy(IPAddress source, IPEndPoint endpoint, bool keepsSource) =>
        keepsSource && !_traits.IsProxied && !source.Equals(endpoint.Address) ? source
        : _plan.IsOnThisNode(endpoint.Address) ? _plan.Gateway
        : _plan.Node;

    /// <summary>Whether rules take a client for a Pod, which they know by its address.</summary>
    private bool IsPod(ClientKind client, IPAddress target) => _plan.PodNetwork.Contains(SourceOf(client, target));

    private IPAddress SourceOf(ClientKind client, IPAddress target) => client switch
    {
        ClientKind.Pod => _plan.PodClient,
        ClientKind.EndpointPod => _plan.EndpointClient,

        // To itself a host speaks from the address that it speaks to.
        ClientKind.Node => target.Equals(_plan.Gateway) ? _plan.Gateway : _plan.Node,
        ClientKind.Allowed => _plan.AllowedClient,
        _ => _plan.StrangeClient,
    };
}
