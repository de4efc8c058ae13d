using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>EndpointSlices by the Service that they name, whether it is there or not.</summary>
/// <param name="refusesLocal">Whether endpoints that no API server admits are left out: <see cref="EndpointAddressText.IsLocal"/>.</param>
internal sealed class SliceIndex(bool refusesLocal)
{
    private readonly HintPool _hints = new();
    private readonly Dictionary<(string Namespace, string Name), SliceContent> _slices = [];
    private readonly Dictionary<ServiceId, SortedList<string, SliceContent>> _byService = [];

    /// <summary>Slices of a Service, by name.</summary>
    public IReadOnlyCollection<SliceContent> Of(ServiceId service) =>
        _byService.TryGetValue(service, out SortedList<string, SliceContent>? slices) ? [.. slices.Values] : [];

    /// <summary>Adds a slice, or replaces the one of that namespace and name, and tells which Services are concerned.</summary>
    public void Set(EndpointSlice slice, HashSet<ServiceId> concerned)
    {
        (string ns, string name) = (slice.Metadata.Namespace, slice.Metadata.Name);
        SliceContent content = new(slice, _hints, refusesLocal);
        // The label may name another Service than before.
        Remove(ns, name, concerned);
        _slices[(ns, name)] = content;
        if (content.ServiceName is not { } serviceName)
        {
            return;
        }

        ServiceId service = new(ns, serviceName);
        if (!_byService.TryGetValue(service, out SortedList<string, SliceContent>? slices))
        {
            _byService.Add(service, slices = new SortedList<string, SliceContent>(capacity: 1, StringComparer.Ordinal));
        }

        slices.Add(name, content);
        concerned.Add(service);
    }

    /// <summary>Removes a slice if it is there, and tells which Service is concerned.</summary>
    public void Remove(string ns, string name, HashSet<ServiceId> concerned)
    {
        if (!_slices.Remove((ns, name), out SliceContent? slice) || slice.ServiceName is not { } serviceName)
        {
            return;
        }

        ServiceId service = new(ns, serviceName);
        SortedList<string, SliceContent> slices = _byService[service];
        slices.Remove(name);
        if (slices.Count == 0)
        {
            _byService.Remove(service);
        }

        concerned.Add(service);
    }
}
