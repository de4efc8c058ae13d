using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What is to be said about the own node, once and not for each Service.</summary>
internal static class NodeProblems
{
    /// <summary>At most one: node ports that are asked for and have no address to be served on.</summary>
    public static ImmutableArray<Problem> Of(TranslationOptions options, NodeView node, IEnumerable<Service> services)
    {
        if (!node.NodePortAddresses.IsEmpty || options.Listen == ListenMode.BindAddress || !services.Any(HasNodePort))
        {
            return [];
        }

        string wanted = string.Join(", ", options.NodePortAddresses);
        string mend = options.NodePortAddresses.Contains(NodePortAddress.Primary) ? "; primary is the InternalIP that the Node of this node reports" : "";
        return
        [
            new Problem
            {
                Severity = ProblemSeverity.Warning,
                Object = node.Name is null ? null : $"Node {node.Name}",
                Message = $"node ports are not served: nodePortAddresses is {wanted}, and no such address is known{mend}",
            },
        ];
    }

    private static bool HasNodePort(Service service) => service.HasNodePorts() && service.Spec.Ports.Any(p => p.NodePort is >= 1 and <= 65535);
}
