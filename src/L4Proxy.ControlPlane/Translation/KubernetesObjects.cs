using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>All objects that a source knows at one moment, each identity once.</summary>
public sealed record KubernetesObjects
{
    public ImmutableArray<Service> Services { get; init; } = [];

    public ImmutableArray<EndpointSlice> EndpointSlices { get; init; } = [];

    public ImmutableArray<Endpoints> Endpoints { get; init; } = [];

    public ImmutableArray<Pod> Pods { get; init; } = [];

    public ImmutableArray<Node> Nodes { get; init; } = [];

    /// <summary>The host names that Services of type ExternalName stand for.</summary>
    public IEnumerable<string> ExternalNames =>
        Services.Where(s => s.IsExternalName()).Select(s => s.Spec.ExternalName).OfType<string>().Where(n => n.Length > 0);

    /// <summary>Sorts objects into their kinds; others than these are left out.</summary>
    public static KubernetesObjects Of(IReadOnlyCollection<IKubernetesObject> objects) => new()
    {
        Services = [.. objects.OfType<Service>()],
        EndpointSlices = [.. objects.OfType<EndpointSlice>()],
        Endpoints = [.. objects.OfType<Endpoints>()],
        Pods = [.. objects.OfType<Pod>()],
        Nodes = [.. objects.OfType<Node>()],
    };
}
