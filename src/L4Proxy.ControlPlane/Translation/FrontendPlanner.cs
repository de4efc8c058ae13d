using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Where Service ports listen. Asked in the order of the Service ports' keys, because the first keeps a port that
/// is wanted twice.
/// </summary>
internal sealed class FrontendPlanner(TranslationOptions options, IAddressProbe probe, ProblemList problems)
{
    private readonly PortClaims _claims = new();
    private Service? _lastReported;

    /// <summary>Addresses of one Service port, those left out that another one has already.</summary>
    public ImmutableArray<FrontendEntry> Plan(Service service, int portIndex, ServicePortKey key)
    {
        ImmutableArray<FrontendEntry>.Builder frontends = ImmutableArray.CreateBuilder<FrontendEntry>();
        foreach ((FrontendEntry frontend, string source) in Wanted(service, portIndex))
        {
            switch (_claims.Claim(frontend.Address, key, out ServicePortKey holder))
            {
                case PortClaim.Granted:
                    frontends.Add(frontend);
                    break;
                case PortClaim.Taken:
                    problems.Error(service, source, $"not served on {frontend.Address}: {holder} has that port already");
                    break;
                default:
                    break;
            }
        }

        return frontends.ToImmutable();
    }

    private IEnumerable<(FrontendEntry Frontend, string Source)> Wanted(Service service, int portIndex)
    {
        ServicePort port = service.Spec.Ports[portIndex];
        string portKey = $"spec.ports[{portIndex}].port";
        List<(FrontendEntry Frontend, string Source)> wanted = [];
        foreach (IPAddress address in service.ClusterAddresses().Where(probe.CanBind))
        {
            wanted.Add((Frontend(address, port.Port, FrontendKind.ClusterIP), portKey));
        }

        if (wanted.Count == 0)
        {
            wanted.Add((Frontend(options.BindAddress, port.Port, FrontendKind.HostPort), portKey));
        }

        if (service.HasNodePorts() && port.NodePort is { } nodePort and >= 1 and <= 65535)
        {
            string nodePortKey = $"spec.ports[{portIndex}].nodePort";
            wanted.AddRange(NodePortAddresses.Select(a => (Frontend(a, nodePort, FrontendKind.NodePort), nodePortKey)));
        }

        if (!service.IsExternalName())
        {
            AddExternal(service, port.Port, wanted);
        }

        return wanted.Where(w => !IsCovered(w.Frontend, wanted));
    }

    /// <summary>Whether another wish includes this one: an equal one before it, or a wildcard anywhere.</summary>
    private static bool IsCovered(FrontendEntry frontend, List<(FrontendEntry Frontend, string Source)> wanted)
    {
        bool seen = false;
        foreach ((FrontendEntry other, _) in wanted)
        {
            if (ReferenceEquals(other, frontend))
            {
                seen = true;
            }
            else if (PortClaims.Covers(other.Address, frontend.Address) && !(seen && PortClaims.Covers(frontend.Address, other.Address)))
            {
                return true;
            }
        }

        return false;
    }

    private ImmutableArray<IPAddress> NodePortAddresses =>
        options.NodePortAddresses.IsDefaultOrEmpty ? [options.BindAddress] : options.NodePortAddresses;

    private void AddExternal(Service service, int port, List<(FrontendEntry, string)> wanted)
    {
        // The same for all ports of a Service: said once.
        bool report = !ReferenceEquals(_lastReported, service);
        _lastReported = service;
        IEnumerable<(string? Text, string Key, FrontendKind Kind)> external = service.Spec.ExternalIPs.Index()
            .Select(e => ((string?)e.Item, $"spec.externalIPs[{e.Index}]", FrontendKind.ExternalIP));
        if (service.Spec.Type == "LoadBalancer")
        {
            // With ipMode Proxy traffic never arrives with the load balancer's address (KEP-1860).
            external = external.Concat((service.Status?.LoadBalancer?.Ingress ?? []).Index()
                .Where(i => i.Item.IPMode is null or "VIP")
                .Select(i => (i.Item.IP, $"status.loadBalancer.ingress[{i.Index}].ip", FrontendKind.LoadBalancer)));
        }

        foreach ((string? text, string key, FrontendKind kind) in external)
        {
            if (!IPLiteral.TryParse(text, out IPAddress? address))
            {
                continue;
            }

            if (probe.CanBind(address))
            {
                wanted.Add((Frontend(address, port, kind), key));
                if (report && kind == FrontendKind.LoadBalancer && service.Spec.LoadBalancerSourceRanges.Count > 0)
                {
                    problems.Warning(service, "spec.loadBalancerSourceRanges", $"not enforced: every client may use {address}");
                }
            }
            else if (report)
            {
                problems.Note(service, key, $"not served on {address}: it is no address of this host");
            }
        }
    }

    private static FrontendEntry Frontend(IPAddress address, int port, FrontendKind kind) => new(new IPEndPoint(address, port), kind);
}
