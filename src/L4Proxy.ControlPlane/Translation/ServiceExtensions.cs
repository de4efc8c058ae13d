using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Questions about a Service that more than one step asks.</summary>
internal static class ServiceExtensions
{
    public static bool IsExternalName(this Service service) => service.Spec.Type == "ExternalName";

    public static bool IsHeadless(this Service service) => !service.IsExternalName()
        && (service.Spec.ClusterIP == "None" || service.Spec.ClusterIPs is ["None", ..]);

    /// <summary>Whether node ports and load-balancer addresses of the Service mean anything.</summary>
    public static bool HasNodePorts(this Service service) => service.Spec.Type is "NodePort" or "LoadBalancer";

    /// <summary>The cluster IPs that are addresses, each once, in order; empty before the API server has given one.</summary>
    public static IEnumerable<IPAddress> ClusterAddresses(this Service service)
    {
        if (service.IsExternalName())
        {
            return [];
        }

        IReadOnlyList<string> texts = service.Spec.ClusterIPs.Count > 0 ? service.Spec.ClusterIPs : [service.Spec.ClusterIP ?? ""];
        return texts.Select(text => IPLiteral.TryParse(text, out IPAddress? address) ? address : null).OfType<IPAddress>().Distinct();
    }

    /// <summary>The target port as a number: the port itself unless another number is given. Meaningless for a name.</summary>
    public static int TargetNumber(this ServicePort port) =>
        port.TargetPort?.Number is { } number and >= 1 and <= 65535 ? number : port.Port;

    /// <summary>Whether the Service says that it has both families.</summary>
    public static bool IsDualStack(this Service service) => service.Spec.IPFamilies.Count > 1
        || service.ClusterAddresses().DistinctBy(a => a.AddressFamily).Count() > 1;

    /// <summary>Whether a family is among those that the Service says it has; true when it says nothing.</summary>
    public static bool HasFamily(this Service service, AddressFamily family)
    {
        string name = family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
        return service.Spec.IPFamilies.Count > 0
            ? service.Spec.IPFamilies.Contains(name, StringComparer.Ordinal)
            : !service.ClusterAddresses().Any() || service.ClusterAddresses().Any(a => a.AddressFamily == family);
    }
}
