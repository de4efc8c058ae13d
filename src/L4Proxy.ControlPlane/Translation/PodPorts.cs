using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>The target port of a Service port, in one Pod.</summary>
internal static class PodPorts
{
    /// <summary>Null when the Pod has no container port of that name and protocol.</summary>
    public static int? Find(Pod pod, ServicePort port)
    {
        if (port.TargetPort?.Text is not { Length: > 0 } name)
        {
            return port.TargetNumber();
        }

        IEnumerable<Container> sidecars = pod.Spec.InitContainers.Where(c => c.RestartPolicy == "Always");
        return pod.Spec.Containers.Concat(sidecars)
            .SelectMany(c => c.Ports)
            .FirstOrDefault(p => p.Name == name && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP") && p.Number is >= 1 and <= 65535)
            ?.Number;
    }
}
