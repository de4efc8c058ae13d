using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Frontends of <see cref="ListenMode.ProxyPorts"/>. A Service's addresses of one family and kind share a proxy port,
/// because they share their rules.
/// </summary>
/// <param name="bindAddress">Where proxy ports listen.</param>
/// <param name="ports">Gives proxy ports.</param>
internal sealed class ProxyPortFrontends(IPAddress bindAddress, IProxyPorts ports) : IFrontendPlanner
{
    private bool _reported;

    /// <inheritdoc/>
    public void Begin(Service service, ProblemList problems)
    {
        _reported = false;
        ports.Begin(ServiceId.Of(service));
    }

    /// <inheritdoc/>
    public ImmutableArray<FrontendWish> Plan(Service service, int portIndex, TrafficRules rules, NodeView node, ProblemList problems)
    {
        List<IPAddress> cluster = [.. service.ClusterAddresses()];
        List<FrontendWish> wishes = [];
        AddProxyPorts(service, portIndex, rules, cluster.Select(a => new ServiceAddress(a, FrontendKind.ClusterIP, "spec.clusterIP")), wishes, problems);
        AddProxyPorts(service, portIndex, rules, ServiceAddress.ExternalBeside(cluster, service), wishes, problems);
        wishes.AddRange(NodePortWishes.Of(service, portIndex, rules, node, family => cluster.Exists(c => c.AddressFamily == family)));
        return PortClaims.WithoutCovered(wishes, static (_, _) => { });
    }

    /// <inheritdoc/>
    public void End(Service service) => ports.End(ServiceId.Of(service));

    /// <inheritdoc/>
    public void Forget(ServiceId service)
    {
        ports.Begin(service);
        ports.End(service);
    }

    private void AddProxyPorts(
        Service service, int portIndex, TrafficRules rules, IEnumerable<ServiceAddress> addresses, List<FrontendWish> wishes, ProblemList problems)
    {
        ServicePort port = service.Spec.Ports[portIndex];
        foreach (IGrouping<(FrontendKind Kind, AddressFamily Family), ServiceAddress> group in addresses
            .GroupBy(a => (a.Kind, a.Address.AddressFamily)))
        {
            if (Bind(group.Key.Family) is not { } bind)
            {
                continue;
            }

            if (ports.Get(new ProxyPortOwner(port.Name ?? "", group.Key.Kind, bind)) is not { } number)
            {
                if (!_reported)
                {
                    problems.Error(service, $"spec.ports[{portIndex}].port", "not served: no port of proxyPortRange is free");
                    _reported = true;
                }

                return;
            }

            ImmutableArray<IPEndPoint> standsFor = [.. group.Select(a => new IPEndPoint(a.Address, port.Port))];
            wishes.Add(new FrontendWish(rules.Frontend(new IPEndPoint(bind, number), group.Key.Kind, standsFor), group.First().Source));
        }
    }

    /// <summary>The bind address, or its counterpart of the other family; null for an address that has none.</summary>
    private IPAddress? Bind(AddressFamily family)
    {
        if (bindAddress.AddressFamily == family)
        {
            return bindAddress;
        }

        bool isIPv4 = family == AddressFamily.InterNetwork;
        return IPAddress.IsLoopback(bindAddress) ? isIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback
            : bindAddress.Equals(IPAddress.Any) || bindAddress.Equals(IPAddress.IPv6Any) ? isIPv4 ? IPAddress.Any : IPAddress.IPv6Any
            : null;
    }
}
