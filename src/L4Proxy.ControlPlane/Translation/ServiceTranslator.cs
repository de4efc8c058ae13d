using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Kubernetes objects to the table that the data plane serves. The answer depends on the arguments alone, and one
/// bad object keeps nothing else from being served.
/// </summary>
/// <param name="options">Addresses and defaults.</param>
/// <param name="host">Which cluster IPs, external IPs and load-balancer IPs this host has.</param>
/// <param name="names">Addresses of the names that Services of type ExternalName stand for.</param>
public sealed class ServiceTranslator(TranslationOptions options, IHostAddresses host, INameTable names)
{
    public TranslationResult Translate(KubernetesObjects objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        NodeView node = NodeView.Of(options, node: null, host);
        EndpointIndex endpoints = new(objects, names);
        ServicePlanner planner = new(options, FrontendPlanners.For(options, host, new AnyProxyPorts()));
        EndpointFiller filler = new(options);
        TableAssembler table = new();
        foreach (Service service in objects.Services)
        {
            ServicePlan plan = planner.Plan(service, node);
            ProblemList problems = new();
            IPortEndpoints source = endpoints.Of(service, options.IsCluster, problems);
            table.Put(ServiceId.Of(service), filler.Fill(plan, source, node, problems));
        }

        table.Assemble();
        ProblemList orphans = new();
        if (!options.IsCluster)
        {
            endpoints.ReportOrphans(orphans);
        }

        ServiceTable result = new(table.Table) { Inside = InsideNetworks.Of(options, node: null, host) };
        return new TranslationResult(result, [.. table.Problems, .. orphans.ToImmutable()]) { HealthChecks = table.HealthChecks };
    }
}
