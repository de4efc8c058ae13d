namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>A port of this host on which load balancers ask for local endpoints.</summary>
/// <param name="Service">Whose, as <c>namespace/name</c>.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record HealthCheckPort(string Service, int Port);
