using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>Finds nulls in lists: JSON allows them, the API does not, and the types of the records do not show them.</summary>
internal static class NullItems
{
    /// <summary>Path to the first null; null when there is none.</summary>
    public static string? Find(IKubernetesObject value) => value switch
    {
        Service service => In(service.Spec.Ports, "spec.ports") ?? In(service.Status?.LoadBalancer?.Ingress, "status.loadBalancer.ingress"),
        EndpointSlice slice => In(slice.Ports, "ports") ?? In(slice.Endpoints, "endpoints") ?? InHints(slice.Endpoints),
        Node node => In(node.Spec.Taints, "spec.taints") ?? In(node.Status?.Addresses, "status.addresses"),
        _ => null,
    };

    private static string? InHints(IReadOnlyList<SliceEndpoint> endpoints)
    {
        for (int i = 0; i < endpoints.Count; i++)
        {
            if (endpoints[i].Hints is { } hints
                && (In(hints.ForZones, "forZones") ?? In(hints.ForNodes, "forNodes")) is { } path)
            {
                return $"endpoints[{i}].hints.{path}";
            }
        }

        return null;
    }

    private static string? In<T>(IReadOnlyList<T>? list, string path)
        where T : class?
    {
        for (int i = 0; i < (list?.Count ?? 0); i++)
        {
            if (list![i] is null)
            {
                return $"{path}[{i}]";
            }
        }

        return null;
    }
}
