using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>Reads a v1 Service and refuses what an API server would refuse of the fields that are read.</summary>
internal static class ServiceReader
{
    public static Service Read(Field root, ObjectMeta metadata)
    {
        Field spec = root["spec"];
        if (!spec.IsSet)
        {
            spec.Error("missing");
        }

        return new Service
        {
            Metadata = metadata,
            Spec = spec.Map(ReadSpec) ?? new ServiceSpec(),
            Status = root["status"].Map(status => new ServiceStatus
            {
                LoadBalancer = status["loadBalancer"].Map(balancer => new LoadBalancerStatus
                {
                    Ingress = balancer["ingress"].Objects(ReadIngress),
                }),
            }),
        };
    }

    private static ServiceSpec ReadSpec(Field spec)
    {
        ServiceSpec result = new()
        {
            Type = spec["type"].OneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            ClusterIP = ClusterAddress(spec["clusterIP"]),
            ClusterIPs = spec["clusterIPs"].List(f => ClusterAddress(f) ?? ""),
            IPFamilies = spec["ipFamilies"].List(f => f.OneOf("IPv4", "IPv6") ?? ""),
            Ports = spec["ports"].Objects(ReadPort),
            Selector = spec["selector"].Strings(),
            SessionAffinity = spec["sessionAffinity"].OneOf("None", "ClientIP"),
            SessionAffinityConfig = spec["sessionAffinityConfig"].Map(config => new SessionAffinityConfig
            {
                ClientIP = config["clientIP"].Map(client => new ClientIPConfig
                {
                    TimeoutSeconds = client["timeoutSeconds"].Integer(1, 86400),
                }),
            }),
            ExternalIPs = spec["externalIPs"].List(f => f.RequiredAddress()),
            ExternalTrafficPolicy = spec["externalTrafficPolicy"].OneOf("Cluster", "Local"),
            InternalTrafficPolicy = spec["internalTrafficPolicy"].OneOf("Cluster", "Local"),
            PublishNotReadyAddresses = spec["publishNotReadyAddresses"].Boolean(),
            ExternalName = spec["externalName"].String(),
            LoadBalancerSourceRanges = spec["loadBalancerSourceRanges"].List(SourceRange),
            HealthCheckNodePort = spec["healthCheckNodePort"].Integer(0, 65535),
        };
        CheckPorts(spec["ports"], result);
        CheckExternalName(spec["externalName"], result);
        return result;
    }

    private static ServicePort ReadPort(Field port) => new()
    {
        Name = port["name"].Label(),
        Protocol = port["protocol"].Protocol(),
        Port = port["port"].RequiredPort(),
        TargetPort = port["targetPort"].PortNumberOrName(),
        NodePort = port["nodePort"].Integer(0, 65535),
        AppProtocol = port["appProtocol"].String(),
    };

    private static LoadBalancerIngress ReadIngress(Field ingress) => new()
    {
        IP = ingress["ip"].Address(),
        Hostname = ingress["hostname"].String(),
        IPMode = ingress["ipMode"].OneOf("VIP", "Proxy"),
    };

    private static string? ClusterAddress(Field field)
    {
        string? text = field.String();
        if (!string.IsNullOrEmpty(text) && text != "None" && !EndpointAddressText.TryParse(text, out _))
        {
            field.Error($"'{Shown.Text(text)}' is not allowed; allowed is {EndpointAddressText.Allowed}, or None");
        }

        return text;
    }

    private static string SourceRange(Field field)
    {
        // kube-proxy trims them, too.
        string text = (field.String() ?? "").Trim();
        if (!NetworkLiteral.TryParse(text, out _))
        {
            field.Error($"'{Shown.Text(text)}' is not allowed; allowed is a network such as 192.0.2.0/24");
        }

        return text;
    }

    private static void CheckPorts(Field field, ServiceSpec spec)
    {
        if (spec.Ports.Count == 0 && spec.Type != "ExternalName" && spec.ClusterIP != "None")
        {
            field.Error("missing; at least one port is needed");
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<(int Port, string Protocol)> numbers = [];
        foreach ((int i, ServicePort port) in spec.Ports.Index())
        {
            if (spec.Ports.Count > 1 && string.IsNullOrEmpty(port.Name))
            {
                field.Error($"port {port.Port} has no name; with more than one port each needs one");
            }
            else if (!names.Add(port.Name ?? ""))
            {
                field.Error($"the name '{port.Name}' is used twice (ports[{i}])");
            }

            if (port.Port != 0 && !numbers.Add((port.Port, port.Protocol ?? "TCP")))
            {
                field.Error($"{port.Protocol ?? "TCP"} port {port.Port} is listed twice (ports[{i}])");
            }
        }
    }

    private static void CheckExternalName(Field field, ServiceSpec spec)
    {
        string name = (spec.ExternalName ?? "").TrimEnd('.');
        if (spec.Type == "ExternalName" && !IPLiteral.TryParse(name, out _) && !KubernetesNames.IsSubdomain(name))
        {
            field.Error(name.Length == 0
                ? "missing; a Service of type ExternalName needs a host name"
                : $"'{Shown.Text(name)}' is not allowed; allowed is a host name: {KubernetesNames.SubdomainRule}");
        }
    }
}
