using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>Words that only the table uses; part of its JSON's promise.</summary>
internal static class TableWords
{
    public static ChoiceFormat<FrontendKind> FrontendKinds { get; } = new(
        ("cluster-ip", FrontendKind.ClusterIP),
        ("host-port", FrontendKind.HostPort),
        ("node-port", FrontendKind.NodePort),
        ("external-ip", FrontendKind.ExternalIP),
        ("load-balancer", FrontendKind.LoadBalancer),
        ("forward", FrontendKind.Forward),
        ("capture", FrontendKind.Capture));

    public static ChoiceFormat<ServiceProtocol> Protocols { get; } = new(
        ("tcp", ServiceProtocol.Tcp),
        ("udp", ServiceProtocol.Udp),
        ("sctp", ServiceProtocol.Sctp));
}
