using L4Proxy.ControlPlane;

namespace L4Proxy.Cli.Table;

/// <summary>One port for health checks of load balancers in the table's JSON.</summary>
internal sealed record TableHealthCheck(string Namespace, string Name, int Port, int LocalEndpoints)
{
    public static TableHealthCheck From(HealthCheckNodePort check) => new(check.Namespace, check.Name, check.Port, check.LocalEndpoints);
}
