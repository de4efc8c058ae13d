using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Conntrack;

/// <summary>
/// Which UDP flows of one address family lead nowhere. As in kube-proxy a flow stays with its endpoint as long as that serves, whatever
/// policy, topology or termination say of new ones. Other than there a Service without endpoints keeps no flow: it would stay with the
/// dead endpoint for as long as its client sends.
/// </summary>
public sealed class UdpFlowRules
{
    private readonly Dictionary<IPEndPoint, HashSet<IPEndPoint>> _serving = [];
    private readonly Dictionary<int, HashSet<IPEndPoint>> _servingNodePorts = [];
    private readonly Func<IPAddress, bool> _isLocal;

    private UdpFlowRules(Func<IPAddress, bool> isLocal) => _isLocal = isLocal;

    /// <summary>The rules after a change; null when no UDP Service has changed, so that no flow has become stale.</summary>
    /// <param name="before">What was in force before; null when that is unknown.</param>
    /// <param name="after">What is in force now.</param>
    /// <param name="isLocal">Whether an address is this host's own.</param>
    public static UdpFlowRules? Of(FamilyRules? before, FamilyRules after, Func<IPAddress, bool> isLocal)
    {
        ArgumentNullException.ThrowIfNull(after);
        ServiceRules[] old = before is null ? [] : [.. Udp(before)];
        ServiceRules[] current = [.. Udp(after)];
        if (old.SequenceEqual(current, ReferenceEqualityComparer.Instance))
        {
            return null;
        }

        UdpFlowRules rules = new(isLocal);
        foreach (ServiceRules service in old)
        {
            // Unless a Service has the address now, nobody serves there any more.
            rules.Set(service, []);
        }

        foreach (ServiceRules service in current)
        {
            rules.Set(service, [.. service.ServingEndpoints]);
        }

        return rules;
    }

    /// <summary>Whether a flow's datagrams reach no endpoint that serves, so that the flow is to be forgotten.</summary>
    public bool IsStale(UdpFlow flow)
    {
        if (_serving.TryGetValue(flow.Destination, out HashSet<IPEndPoint>? serving))
        {
            return !serving.Contains(flow.ReplySource);
        }

        // A node port is one of this host's own addresses; a flow that rules translated came to one of them.
        return _servingNodePorts.TryGetValue(flow.Destination.Port, out serving)
            && !serving.Contains(flow.ReplySource)
            && (flow.IsTranslated || _isLocal(flow.Destination.Address));
    }

    private static IEnumerable<ServiceRules> Udp(FamilyRules family) => family.Services.Where(s => s.Key.Protocol == ServiceProtocol.Udp);

    private void Set(ServiceRules service, HashSet<IPEndPoint> serving)
    {
        foreach (IPAddress address in service.ClusterIPs.Concat(service.ExternalAddresses.Select(e => e.Address)))
        {
            _serving[new IPEndPoint(address, service.Port)] = serving;
        }

        if (service.NodePort != 0)
        {
            _servingNodePorts[service.NodePort] = serving;
        }
    }
}
