using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Frontends of node ports, which all modes that have them plan alike.</summary>
internal static class NodePortWishes
{
    /// <summary>One for each node-port address of a family that is asked for.</summary>
    public static IEnumerable<FrontendWish> Of(Service service, int portIndex, TrafficRules rules, NodeView node, Func<AddressFamily, bool> hasFamily)
    {
        // 0 when the load balancer needs none (allocateLoadBalancerNodePorts: false).
        int nodePort = service.Spec.Ports[portIndex].NodePort ?? 0;
        if (!service.HasNodePorts() || nodePort is < 1 or > 65535)
        {
            return [];
        }

        string source = $"spec.ports[{portIndex}].nodePort";
        return node.NodePortAddresses
            .Where(a => hasFamily(a.AddressFamily))
            .Select(a => new FrontendWish(rules.Frontend(new IPEndPoint(a, nodePort), FrontendKind.NodePort), source));
    }
}
