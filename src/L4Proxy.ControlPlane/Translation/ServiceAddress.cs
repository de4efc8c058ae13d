using System.Net;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>An address from outside the cluster by which clients know a Service.</summary>
/// <param name="Address">The address.</param>
/// <param name="Kind"><see cref="FrontendKind.ExternalIP"/> or <see cref="FrontendKind.LoadBalancer"/>.</param>
/// <param name="Source">Path of the field that names it.</param>
internal readonly record struct ServiceAddress(IPAddress Address, FrontendKind Kind, string Source)
{
    /// <summary>
    /// External IPs, then load-balancer addresses, each address once: one that is both has the rules of the load
    /// balancer, because its source ranges keep out those who are not in them.
    /// </summary>
    public static IEnumerable<ServiceAddress> ExternalOf(Service service)
    {
        List<ServiceAddress> balancer = [];
        // With ipMode Proxy traffic never arrives with the load balancer's address (KEP-1860).
        foreach ((int i, LoadBalancerIngress ingress) in (service.Spec.Type == "LoadBalancer" ? service.Status?.LoadBalancer?.Ingress ?? [] : []).Index())
        {
            if (ingress.IPMode is null or "VIP" && IPLiteral.TryParse(ingress.IP, out IPAddress? address))
            {
                balancer.Add(new ServiceAddress(address, FrontendKind.LoadBalancer, $"status.loadBalancer.ingress[{i}].ip"));
            }
        }

        List<ServiceAddress> external = [];
        foreach ((int i, string text) in service.Spec.ExternalIPs.Index())
        {
            if (IPLiteral.TryParse(text, out IPAddress? address) && !balancer.Exists(b => b.Address.Equals(address)))
            {
                external.Add(new ServiceAddress(address, FrontendKind.ExternalIP, $"spec.externalIPs[{i}]"));
            }
        }

        return external.Concat(balancer).DistinctBy(a => a.Address);
    }

    /// <summary>
    /// Those beside cluster IPs: addresses of a family that the Service does not have lead nowhere, and one that is a cluster
    /// IP, too, is known as that.
    /// </summary>
    public static IEnumerable<ServiceAddress> ExternalBeside(IReadOnlyCollection<IPAddress> cluster, Service service) => ExternalOf(service)
        .Where(e => cluster.Any(c => c.AddressFamily == e.Address.AddressFamily) && !cluster.Contains(e.Address));
}
