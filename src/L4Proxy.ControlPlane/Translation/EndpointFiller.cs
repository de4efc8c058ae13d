using System.Collections.Immutable;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Joins planned Services with their endpoints. For one thread at a time.</summary>
/// <param name="options">How Services listen.</param>
/// <param name="own">Where all of them listen; null where it forbids no endpoint.</param>
internal sealed class EndpointFiller(TranslationOptions options, OwnListeners? own = null)
{
    private readonly List<EndpointCandidate> _candidates = [];

    /// <summary>The entries of a Service, with all frontends that it wishes for.</summary>
    public FilledService Fill(ServicePlan plan, IPortEndpoints source, NodeView node, ProblemList problems)
    {
        EndpointChooser chooser = new(node.Name, node.Zone);
        ImmutableArray<ServiceEntry>.Builder entries = ImmutableArray.CreateBuilder<ServiceEntry>(plan.Ports.Length);
        bool hasEndpoint = false;
        own?.Begin(ServiceId.Of(plan.Service));
        foreach (PortPlan port in plan.Ports)
        {
            _candidates.Clear();
            source.AddTo(_candidates, port.Port);
            own?.Exclude(plan.Service, _candidates, problems);
            hasEndpoint |= _candidates.Count > 0;
            bool sameFamily = IsSameFamily(plan);
            entries.Add(new ServiceEntry
            {
                Key = port.Key,
                Frontends = port.Frontends,
                Endpoints = chooser.Choose(_candidates, port.Lists, sameFamily),
                SameFamily = sameFamily,
                Options = plan.Options,
            });
        }

        own?.End(ServiceId.Of(plan.Service));
        if (!options.IsCluster && !plan.Ports.IsEmpty && !hasEndpoint && source.WhyNone is { } why)
        {
            problems.Warning(plan.Service, null, $"has no endpoints: {why}; its clients are refused");
        }

        int localEndpoints = plan.HealthCheckPort == 0 ? 0 : source.ReadyOn(node.Name!);
        return new FilledService(plan, entries.MoveToImmutable(), localEndpoints, [.. plan.Problems, .. problems.ToImmutable()]);
    }

    /// <summary>
    /// Whether the families are two worlds. In a cluster always, where both can meet: with a Service of both, and on
    /// <c>[::]</c>, which takes IPv4 clients too; as rules in the kernel, where those are to be planned. With files when there are
    /// endpoints of both to choose from.
    /// </summary>
    private bool IsSameFamily(ServicePlan plan) => options.Listen switch
    {
        ListenMode.ServiceAddresses or ListenMode.Captured => true,
        ListenMode.ProxyPorts => plan.Service.ClusterAddresses().Any(a => a.AddressFamily == AddressFamily.InterNetworkV6),
        ListenMode.BindAddress => plan.Service.IsDualStack(),
        _ => plan.Service.IsDualStack() && Has(AddressFamily.InterNetwork) && Has(AddressFamily.InterNetworkV6),
    };

    private bool Has(AddressFamily family) => _candidates.Exists(c => c.Address.AddressFamily == family);
}
