using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A translation that follows changes of its objects. For one thread at a time.</summary>
/// <param name="options">Addresses and defaults.</param>
/// <param name="probe">Which addresses this host has.</param>
/// <param name="names">Addresses of the names that Services of type ExternalName stand for.</param>
public sealed class LiveTranslator(TranslationOptions options, IAddressProbe probe, INameTable names)
{
    private readonly Dictionary<(string Namespace, string Name), Service> _services = [];
    private readonly Dictionary<(string Namespace, string Name), EndpointSlice> _slices = [];

    /// <summary>Adds a Service, or replaces the one of that namespace and name.</summary>
    public void Set(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        _services[(service.Metadata.Namespace, service.Metadata.Name)] = service;
    }

    /// <summary>Adds an EndpointSlice, or replaces the one of that namespace and name.</summary>
    public void Set(EndpointSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        _slices[(slice.Metadata.Namespace, slice.Metadata.Name)] = slice;
    }

    /// <summary>The own Node; null while there is none.</summary>
    public void SetNode(Node? node) => Node = node;

    public void RemoveService(string ns, string name) => _services.Remove((ns, name));

    public void RemoveSlice(string ns, string name) => _slices.Remove((ns, name));

    /// <summary>The table of all objects as they are now.</summary>
    public TranslationResult Build() => new ServiceTranslator(options, probe, names)
        .Translate(new KubernetesObjects { Services = [.. _services.Values], EndpointSlices = [.. _slices.Values] });

    private Node? Node { get; set; }
}
