using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Which ports of an EndpointSlice or a subset serve a Service port: those of the same name and protocol.</summary>
internal static class EndpointPorts
{
    /// <summary>Their numbers. An absent name is the unnamed port; an absent number (all ports) serves none.</summary>
    public static IEnumerable<int> Serving(this IEnumerable<EndpointPort> ports, ServicePort port)
    {
        foreach (EndpointPort candidate in ports)
        {
            if (candidate.Port is { } number and >= 1 and <= 65535
                && (candidate.Name ?? "") == (port.Name ?? "")
                && (candidate.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))
            {
                yield return number;
            }
        }
    }
}
