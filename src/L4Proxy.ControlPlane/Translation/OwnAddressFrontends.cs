using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Frontends of <see cref="ListenMode.OwnAddresses"/>.</summary>
/// <param name="bindAddress">Where a Service port listens when the host can bind none of its cluster IPs.</param>
/// <param name="host">Which addresses this host has.</param>
internal sealed class OwnAddressFrontends(IPAddress bindAddress, IHostAddresses host) : IFrontendPlanner
{
    /// <inheritdoc/>
    public void Begin(Service service, ProblemList problems)
    {
        foreach (ServiceAddress external in ExternalOf(service))
        {
            if (!host.CanBind(external.Address))
            {
                problems.Note(service, external.Source, $"not served on {external.Address}: it is no address of this host");
            }
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<FrontendWish> Plan(Service service, int portIndex, TrafficRules rules, NodeView node, ProblemList problems)
    {
        int port = service.Spec.Ports[portIndex].Port;
        string source = $"spec.ports[{portIndex}].port";
        List<FrontendWish> wishes = [];
        foreach (IPAddress address in service.ClusterAddresses().Where(host.CanBind))
        {
            wishes.Add(new FrontendWish(rules.Frontend(new IPEndPoint(address, port), FrontendKind.ClusterIP), source));
        }

        if (wishes.Count == 0)
        {
            wishes.Add(new FrontendWish(rules.Frontend(new IPEndPoint(bindAddress, port), FrontendKind.HostPort), source));
        }

        wishes.AddRange(NodePortWishes.Of(service, portIndex, rules, node, static _ => true));
        wishes.AddRange(ExternalOf(service)
            .Where(e => host.CanBind(e.Address))
            .Select(e => new FrontendWish(rules.Frontend(new IPEndPoint(e.Address, port), e.Kind), e.Source)));
        return PortClaims.WithoutCovered(wishes, (lost, by) => ReportRules(service, lost, by, problems));
    }

    /// <inheritdoc/>
    public void End(Service service)
    {
    }

    /// <inheritdoc/>
    public void Forget(ServiceId service)
    {
    }

    private static IEnumerable<ServiceAddress> ExternalOf(Service service) =>
        service.IsExternalName() ? [] : ServiceAddress.ExternalOf(service);

    /// <summary>A wildcard listener takes the connections of an address that asks who its clients are.</summary>
    private static void ReportRules(Service service, FrontendEntry lost, FrontendEntry by, ProblemList problems)
    {
        if (!lost.AllowedSources.Equals(by.AllowedSources))
        {
            problems.Warning(
                service, "spec.loadBalancerSourceRanges", $"not enforced on {lost.Address}: the Service listens on {by.Address} for every client");
        }
    }
}
