using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Plans one Service after the other.</summary>
/// <param name="options">Defaults, and which Services are meant.</param>
/// <param name="frontends">Where Service ports listen.</param>
internal sealed class ServicePlanner(TranslationOptions options, IFrontendPlanner frontends)
{
    /// <summary>The label with which a Service asks to be left to another proxy (KEP-2447).</summary>
    private const string ProxyNameLabel = "service.kubernetes.io/service-proxy-name";

    private const string OwnProxyName = "l4proxy";

    public ServicePlan Plan(Service service, NodeView node)
    {
        ProblemList problems = new();
        if (!IsServed(service, problems))
        {
            frontends.Forget(ServiceId.Of(service));
            return new ServicePlan(service, [], options.Defaults, 0, problems.ToImmutable());
        }

        ServiceOptions serviceOptions = ServiceAnnotations.Apply(service, options.Defaults, problems);
        TrafficRules rules = new(service, node, problems);
        frontends.Begin(service, problems);
        List<PortPlan> ports = PlanPorts(service, rules, node, problems);
        frontends.End(service);
        return new ServicePlan(service, [.. ports], serviceOptions, ports.Count == 0 ? 0 : HealthCheckPort(service, node), problems.ToImmutable());
    }

    /// <summary>The Service is gone.</summary>
    public void Forget(ServiceId service) => frontends.Forget(service);

    private bool IsServed(Service service, ProblemList problems)
    {
        if (service.IsHeadless())
        {
            NoteOfFiles(problems, service, "spec.clusterIP", "not served: a headless Service (clusterIP None) has no address of its own");
            return false;
        }

        if (options.IsCluster && (service.IsExternalName() || !service.ClusterAddresses().Any()))
        {
            NoteWithoutAddress(service, problems);
            return false;
        }

        if (!IsOurs(service, out string? proxy))
        {
            NoteOfFiles(problems, service, $"metadata.labels[{ProxyNameLabel}]", proxy is null
                ? $"not served: it has no such label; '{Shown.Text(options.ProxyName!)}' is wanted"
                : $"not served: given to another proxy, '{Shown.Text(proxy)}'");
            return false;
        }

        if (service.Spec.Ports.Count == 0)
        {
            problems.Error(service, "spec.ports", service.IsExternalName()
                ? "missing; a Service of type ExternalName is forwarded only on ports that it lists"
                : "missing; at least one port is needed");
            return false;
        }

        return true;
    }

    private bool IsOurs(Service service, out string? proxy)
    {
        _ = service.Metadata.Labels.TryGetValue(ProxyNameLabel, out proxy);
        return proxy == options.ProxyName || (!options.IsCluster && proxy == OwnProxyName);
    }

    /// <summary>Of files that somebody wrote for this program; in a cluster it is nothing to wonder about.</summary>
    private void NoteOfFiles(ProblemList problems, Service service, string key, string message)
    {
        if (!options.IsCluster)
        {
            problems.Note(service, key, message);
        }
    }

    /// <summary>An API server gives cluster IPs; files made for another mode often have none.</summary>
    private void NoteWithoutAddress(Service service, ProblemList problems)
    {
        if (options.IsAddressedDirectly && !service.IsExternalName())
        {
            problems.Note(service, "spec.clusterIP", "not served: missing; its clients would know the Service by it");
        }
    }

    private List<PortPlan> PlanPorts(Service service, TrafficRules rules, NodeView node, ProblemList problems)
    {
        List<PortPlan> ports = new(service.Spec.Ports.Count);
        List<string> others = [];
        foreach ((int i, ServicePort port) in service.Spec.Ports.Index().OrderBy(p => p.Item.Name ?? "", StringComparer.Ordinal))
        {
            if (ProtocolOf(port) is not { } protocol || !options.Protocols.Contains(protocol))
            {
                others.Add(port.Protocol ?? "TCP");
                NoteOfFiles(problems, service, $"spec.ports[{i}].protocol", $"not served: protocol {port.Protocol}; {OnlyServed}");
                continue;
            }

            ServicePortKey key = new(service.Metadata.Namespace, service.Metadata.Name, port.Name ?? "", protocol);
            if (port.Port is < 1 or > 65535)
            {
                problems.Error(service, $"spec.ports[{i}].port", $"not served: {port.Port} is not allowed; allowed is 1 to 65535");
            }
            else if (ports.Exists(p => p.Key.Port == key.Port))
            {
                problems.Error(service, $"spec.ports[{i}].name", "not served: another port of this Service has the same name");
            }
            else
            {
                ImmutableArray<FrontendWish> wishes = frontends.Plan(service, i, rules, node, problems);
                ports.Add(new PortPlan(key, port, wishes, ListsOf(wishes)));
            }
        }

        if (options.IsCluster && others.Count > 0)
        {
            string protocols = string.Join(", ", others.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            problems.Note(service, "spec.ports", $"not served: ports of protocol {Shown.Text(protocols)}; {OnlyServed}");
        }

        return ports;
    }

    /// <summary>Half a sentence about <see cref="TranslationOptions.Protocols"/>.</summary>
    private string OnlyServed => options.Protocols switch
    {
        [var one] => $"only {Name(one)} is",
        [.. var before, var last] => $"only {string.Join(", ", before.Select(Name))} and {Name(last)} are",
        _ => "none is",
    };

    private static string Name(ServiceProtocol protocol) => protocol.ToString().ToUpperInvariant();

    /// <summary>Null for one that Services cannot have.</summary>
    private static ServiceProtocol? ProtocolOf(ServicePort port) => port.Protocol switch
    {
        null or "TCP" => ServiceProtocol.Tcp,
        "UDP" => ServiceProtocol.Udp,
        "SCTP" => ServiceProtocol.Sctp,
        _ => null,
    };

    private static EndpointLists ListsOf(ImmutableArray<FrontendWish> wishes)
    {
        EndpointLists lists = EndpointLists.None;
        foreach (FrontendWish wish in wishes)
        {
            lists |= ListOf(wish.Frontend.FromInside) | ListOf(wish.Frontend.FromOutside);
        }

        return lists;
    }

    private static EndpointLists ListOf(EndpointScope scope) => scope == EndpointScope.Local ? EndpointLists.Local : EndpointLists.Cluster;

    /// <summary>Not asked of a Service that has no port here (UDP alone): load balancers would send this node what nobody takes.</summary>
    private int HealthCheckPort(Service service, NodeView node) =>
        node.Name is not null && options.Listen != ListenMode.BindAddress
        && service.Spec is { Type: "LoadBalancer", ExternalTrafficPolicy: "Local", HealthCheckNodePort: { } port and >= 1 and <= 65535 }
            ? port
            : 0;
}
