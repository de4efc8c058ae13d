using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Finds the objects that hold a Service's endpoints.</summary>
internal sealed class EndpointIndex
{
    private readonly KubernetesObjects _objects;
    private readonly INameTable _names;
    private readonly ProblemList _problems;
    private readonly ILookup<(string Namespace, string Service), EndpointSlice> _slices;
    private readonly ILookup<(string Namespace, string Service), Endpoints> _endpoints;
    private readonly ILookup<string, Pod> _pods;

    public EndpointIndex(KubernetesObjects objects, INameTable names, ProblemList problems)
    {
        _objects = objects;
        _names = names;
        _problems = problems;
        // By name, so that who wins for an address that is listed twice does not depend on files.
        _slices = objects.EndpointSlices
            .OrderBy(s => s.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(s => (s.Metadata.Namespace, ServiceOf(s) ?? ""));
        _endpoints = objects.Endpoints.ToLookup(e => (e.Metadata.Namespace, e.Metadata.Name));
        _pods = objects.Pods
            .OrderBy(p => p.Metadata.Name, StringComparer.Ordinal)
            .ToLookup(p => p.Metadata.Namespace, StringComparer.Ordinal);
    }

    /// <summary>
    /// The EndpointSlices that carry the Service's name; without any, the Endpoints of the same name; without those
    /// either and with a selector, the Pods that match it.
    /// </summary>
    public IPortEndpoints Of(Service service)
    {
        if (service.IsExternalName())
        {
            return new NamedHostEndpoints(service, _names, _problems);
        }

        (string, string) key = (service.Metadata.Namespace, service.Metadata.Name);
        return _slices.Contains(key) ? new SliceEndpoints(service, [.. _slices[key]], _problems)
            : _endpoints.Contains(key) ? new SubsetEndpoints(_endpoints[key].First())
            : new PodEndpoints(service, _pods[service.Metadata.Namespace]);
    }

    /// <summary>Notes the slices that belong to no Service: most often a typing mistake in the label.</summary>
    public void ReportOrphans()
    {
        HashSet<(string, string)> services = [.. _objects.Services.Select(s => (s.Metadata.Namespace, s.Metadata.Name))];
        foreach (EndpointSlice slice in _objects.EndpointSlices)
        {
            if (ServiceOf(slice) is not { } name)
            {
                _problems.Note(slice, "metadata.labels", $"not used: it names no Service by the label {EndpointSlice.ServiceNameLabel}");
            }
            else if (!services.Contains((slice.Metadata.Namespace, name)))
            {
                string key = $"metadata.labels[{EndpointSlice.ServiceNameLabel}]";
                _problems.Note(slice, key, $"not used: there is no Service {slice.Metadata.Namespace}/{name}");
            }
        }
    }

    private static string? ServiceOf(EndpointSlice slice) =>
        slice.Metadata.Labels.TryGetValue(EndpointSlice.ServiceNameLabel, out string? name) && name.Length > 0 ? name : null;
}
