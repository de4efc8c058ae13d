using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Kubernetes objects to the table that the data plane serves. The answer depends on the arguments alone, and one
/// bad object keeps nothing else from being served.
/// </summary>
/// <param name="options">Addresses and defaults.</param>
/// <param name="probe">Which cluster IPs, external IPs and load-balancer IPs this host has.</param>
/// <param name="names">Addresses of the names that Services of type ExternalName stand for.</param>
public sealed class ServiceTranslator(TranslationOptions options, IAddressProbe probe, INameTable names)
{
    /// <summary>The label with which a Service asks to be left to another proxy (KEP-2447).</summary>
    private const string ProxyNameLabel = "service.kubernetes.io/service-proxy-name";

    private const string OwnProxyName = "l4proxy";

    public TranslationResult Translate(KubernetesObjects objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ProblemList problems = new();
        EndpointIndex endpoints = new(objects, names, problems);
        FrontendPlanner planner = new(options, probe, problems);
        Dictionary<ServicePortKey, ServiceEntry> entries = [];

        // The order decides who keeps a port that is wanted twice.
        foreach (Service service in objects.Services
            .OrderBy(s => s.Metadata.Namespace, StringComparer.Ordinal)
            .ThenBy(s => s.Metadata.Name, StringComparer.Ordinal))
        {
            if (IsServed(service, problems))
            {
                Add(service, endpoints, planner, entries, problems);
            }
        }

        endpoints.ReportOrphans();
        ServiceEntry[] ordered = [.. entries.Values];
        Array.Sort(ordered, static (x, y) => x.Key.CompareTo(y.Key));
        return new TranslationResult(new ServiceTable([.. ordered]), problems.ToImmutable());
    }

    private static bool IsServed(Service service, ProblemList problems)
    {
        if (service.IsHeadless())
        {
            problems.Note(service, "spec.clusterIP", "not served: a headless Service (clusterIP None) has no address of its own");
            return false;
        }

        if (service.Metadata.Labels.TryGetValue(ProxyNameLabel, out string? proxy) && proxy != OwnProxyName)
        {
            problems.Note(service, $"metadata.labels[{ProxyNameLabel}]", $"not served: given to another proxy, '{Shown.Text(proxy)}'");
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

    private void Add(
        Service service,
        EndpointIndex index,
        FrontendPlanner planner,
        Dictionary<ServicePortKey, ServiceEntry> entries,
        ProblemList problems)
    {
        IPortEndpoints source = index.Of(service);
        ServiceOptions serviceOptions = ServiceAnnotations.Apply(service, options.Defaults, problems);
        bool hasPort = false;
        bool hasEndpoint = false;
        foreach ((int i, ServicePort port) in service.Spec.Ports.Index().OrderBy(p => p.Item.Name ?? "", StringComparer.Ordinal))
        {
            if (port.Protocol is not (null or "TCP"))
            {
                problems.Note(service, $"spec.ports[{i}].protocol", $"not served: protocol {port.Protocol}; only TCP is");
                continue;
            }

            if (port.Port is < 1 or > 65535)
            {
                problems.Error(service, $"spec.ports[{i}].port", $"not served: {port.Port} is not allowed; allowed is 1 to 65535");
                continue;
            }

            ServicePortKey key = new(service.Metadata.Namespace, service.Metadata.Name, port.Name ?? "", ServiceProtocol.Tcp);
            ServiceEntry entry = new()
            {
                Key = key,
                Frontends = entries.ContainsKey(key) ? [] : planner.Plan(service, i, key),
                Endpoints = EndpointChooser.Choose(EndpointList.Merge(source.Of(port))),
                Options = serviceOptions,
            };
            if (!entries.TryAdd(key, entry))
            {
                problems.Error(service, $"spec.ports[{i}].name", "not served: another port of this Service has the same name");
                continue;
            }

            hasPort = true;
            hasEndpoint |= !entry.Endpoints.IsEmpty;
        }

        if (hasPort && !hasEndpoint && source.WhyNone is { } why)
        {
            problems.Warning(service, null, $"has no endpoints: {why}; its clients are refused");
        }
    }
}
