namespace L4Proxy.ControlPlane;

/// <summary>
/// A port on which a load balancer asks whether this node has endpoints of a Service: type LoadBalancer with
/// externalTrafficPolicy Local and <c>healthCheckNodePort</c>.
/// </summary>
/// <param name="Namespace">Namespace of the Service.</param>
/// <param name="Name">Name of the Service.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="LocalEndpoints">Distinct ready IPs on this node; terminating ones do not count.</param>
public sealed record HealthCheckNodePort(string Namespace, string Name, int Port, int LocalEndpoints);
