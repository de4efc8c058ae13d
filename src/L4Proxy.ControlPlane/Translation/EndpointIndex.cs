using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Finds the objects that hold a Service's endpoints.</summary>
internal sealed class EndpointIndex
{
    private readonly KubernetesObjects _objects;
    private readonly INameTable _names;
    private readonly ILookup<ServiceId, SliceContent> _slices;
    private readonly ILookup<ServiceId, Endpoints> _endpoints;
    private readonly ILookup<string, Pod> _pods;

    public EndpointIndex(KubernetesObjects objects, INameTable names)
    {
        HintPool hints = new();
        _objects = objects;
        _names = names;
        _slices = objects.EndpointSlices
            .OrderBy(s => s.Metadata.Name, StringComparer.Ordinal)
            .Select(s => new SliceContent(s, hints))
            .ToLookup(s => new ServiceId(s.Origin.Metadata.Namespace, s.ServiceName ?? ""));
        _endpoints = objects.Endpoints.ToLookup(e => new ServiceId(e.Metadata.Namespace, e.Metadata.Name));
        _pods = objects.Pods
            .OrderBy(p => p.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(p => p.Metadata.Namespace, StringComparer.Ordinal);
    }

    /// <summary>
    /// The EndpointSlices that carry the Service's name; without any, the Endpoints of the same name; without those
    /// either and with a selector, the Pods that match it.
    /// </summary>
    public IPortEndpoints Of(Service service, bool isCluster, ProblemList problems)
    {
        if (service.IsExternalName())
        {
            return new NamedHostEndpoints(service, _names, problems);
        }

        ServiceId key = ServiceId.Of(service);
        return _slices.Contains(key) ? new SliceEndpoints(service, [.. _slices[key]], isCluster, problems)
            : _endpoints.Contains(key) ? new SubsetEndpoints(_endpoints[key].First())
            : new PodEndpoints(service, _pods[service.Metadata.Namespace]);
    }

    /// <summary>Notes the slices that belong to no Service: most often a typing mistake in the label.</summary>
    public void ReportOrphans(ProblemList problems)
    {
        HashSet<ServiceId> services = [.. _objects.Services.Select(ServiceId.Of)];
        foreach (EndpointSlice slice in _objects.EndpointSlices)
        {
            if (SliceContent.ServiceOf(slice) is not { } name)
            {
                problems.Note(slice, "metadata.labels", $"not used: it names no Service by the label {EndpointSlice.ServiceNameLabel}");
            }
            else if (!services.Contains(new ServiceId(slice.Metadata.Namespace, name)))
            {
                string key = $"metadata.labels[{EndpointSlice.ServiceNameLabel}]";
                problems.Note(slice, key, $"not used: there is no Service {slice.Metadata.Namespace}/{Shown.Text(name)}");
            }
        }
    }
}
