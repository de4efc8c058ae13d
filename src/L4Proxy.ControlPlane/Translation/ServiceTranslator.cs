using System.Collections.Immutable;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Kubernetes objects to the table that the data plane serves. The answer depends on the arguments alone, and one
/// bad object keeps nothing else from being served. What is the same as in the answer before is the same instance. For one
/// thread at a time.
/// </summary>
/// <param name="options">Addresses and defaults.</param>
/// <param name="host">Which addresses this host has.</param>
/// <param name="names">Addresses of the names that Services of type ExternalName stand for.</param>
public sealed class ServiceTranslator(TranslationOptions options, IHostAddresses host, INameTable names)
{
    private readonly TableAssembler _table = new();
    private readonly HashSet<ServiceId> _known = [];

    public TranslationResult Translate(KubernetesObjects objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        Node? own = objects.Nodes.FirstOrDefault(n => n.Metadata.Name == options.NodeName);
        NodeView node = NodeView.Of(options, own, host);
        EndpointIndex endpoints = new(objects, names);
        Assemble(objects.Services, endpoints, node);
        ProblemList orphans = new();
        if (!options.IsCluster)
        {
            endpoints.ReportOrphans(orphans);
        }

        ServiceTable result = new(_table.Table)
        {
            Inside = InsideNetworks.Of(options, own, host),
            CaptureListeners = CaptureAddresses.Of(options, node),
        };
        ImmutableArray<Problem> problems =
            [.. MissingNode(objects, own), .. NodeProblems.Of(options, node, objects.Services), .. _table.Problems, .. orphans.ToImmutable()];
        return new TranslationResult(result, problems)
        {
            HealthChecks = _table.HealthChecks,
            NodeEligible = NodeEligibility.IsEligible(own),
            PodNetworks = InsideNetworks.PodNetworks(options, own),
        };
    }

    private void Assemble(ImmutableArray<Service> services, EndpointIndex endpoints, NodeView node)
    {
        ServicePlanner planner = new(options, FrontendPlanners.For(options, host, new AnyProxyPorts()));
        OwnListeners? own = options.CanLoop ? new OwnListeners(options, _table.Claims) : null;
        own?.SetAddresses(host.All);
        EndpointFiller filler = new(options, own);
        Dictionary<ServiceId, ServicePlan> plans = [];

        // Of two with one name the first one counts, as among files; who reads those has reported the other and left it out.
        foreach (Service service in services.DistinctBy(ServiceId.Of))
        {
            plans.Add(ServiceId.Of(service), planner.Plan(service, node));
        }

        foreach (ServiceId gone in _known.Where(id => !plans.ContainsKey(id)))
        {
            _table.Remove(gone);
        }

        _known.Clear();
        foreach ((ServiceId id, ServicePlan plan) in plans)
        {
            _known.Add(id);
            own?.Change([], plan.Ports);
            Put(id, plan);
        }

        // Whose endpoints are others' listeners is known when all have said where they listen.
        foreach (ServiceId id in own?.TakeConcerned() ?? [])
        {
            Put(id, plans[id]);
        }

        _table.Assemble();

        void Put(ServiceId id, ServicePlan plan)
        {
            ProblemList problems = new();
            _table.Put(id, filler.Fill(plan, endpoints.Of(plan.Service, options.IsCluster, problems), node, problems));
        }
    }

    /// <summary>Files that have Nodes should have this one; files without are told the name alone.</summary>
    private IEnumerable<Problem> MissingNode(KubernetesObjects objects, Node? own)
    {
        if (own is null && !objects.Nodes.IsEmpty && options.NodeNameWith(own) is { } name)
        {
            yield return new Problem
            {
                Severity = ProblemSeverity.Warning,
                Object = $"Node {name}",
                Message = "the manifests have other Nodes, not this one: zone and networks of this node are not known",
            };
        }
    }
}
