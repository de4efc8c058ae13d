using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads a v1 Pod.</summary>
internal static class PodReader
{
    public static Pod Read(Field root, ObjectMeta metadata) => new()
    {
        Metadata = metadata,
        Spec = root["spec"].Map(spec => new PodSpec
        {
            NodeName = spec["nodeName"].String(),
            Hostname = spec["hostname"].String(),
            Containers = spec["containers"].Objects(ReadContainer),
            InitContainers = spec["initContainers"].Objects(ReadContainer),
        }) ?? new PodSpec(),
        Status = root["status"].Map(status => new PodStatus
        {
            Phase = status["phase"].String(),
            PodIP = status["podIP"].Address(),
            PodIPs = status["podIPs"].Objects(f => new PodIP { IP = f["ip"].RequiredAddress() }),
            Conditions = status["conditions"].Objects(f => new PodCondition
            {
                Type = f["type"].String() ?? "",
                Status = f["status"].OneOf("True", "False", "Unknown") ?? "",
            }),
        }) ?? new PodStatus(),
    };

    private static Container ReadContainer(Field container) => new()
    {
        Ports = container["ports"].Objects(port => new ContainerPort
        {
            Name = port["name"].String(),
            Number = port["containerPort"].RequiredPort(),
            Protocol = port["protocol"].Protocol(),
        }),
        RestartPolicy = container["restartPolicy"].String(),
    };
}
