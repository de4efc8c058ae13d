using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Frontends of <see cref="ListenMode.ServiceAddresses"/> and <see cref="ListenMode.Captured"/>: every address by which kube-proxy's
/// rules know a Service port, of the families that the Service and this host have.
/// </summary>
/// <param name="isCaptured">Whether packet rules bring the clients, and nobody binds the addresses.</param>
internal sealed class ServiceAddressFrontends(bool isCaptured) : IFrontendPlanner
{
    /// <inheritdoc/>
    public void Begin(Service service, ProblemList problems)
    {
    }

    /// <inheritdoc/>
    public ImmutableArray<FrontendWish> Plan(Service service, int portIndex, TrafficRules rules, NodeView node, ProblemList problems)
    {
        int port = service.Spec.Ports[portIndex].Port;
        List<IPAddress> cluster = [.. service.ClusterAddresses().Where(a => node.HasFamily(a.AddressFamily))];
        List<FrontendWish> wishes = [];
        foreach (IPAddress address in cluster)
        {
            wishes.Add(new FrontendWish(rules.Frontend(new IPEndPoint(address, port), FrontendKind.ClusterIP), "spec.clusterIP"));
        }

        wishes.AddRange(ServiceAddress.ExternalBeside(cluster, service)
            .Select(e => new FrontendWish(rules.Frontend(new IPEndPoint(e.Address, port), e.Kind), e.Source)));
        wishes.AddRange(NodePortWishes.Of(service, portIndex, rules, node, family => cluster.Exists(c => c.AddressFamily == family)));
        return isCaptured
            ? [.. wishes.DistinctBy(w => w.Frontend.Address).Select(w => w with { Frontend = w.Frontend with { Captured = true } })]
            : PortClaims.WithoutCovered(wishes, (lost, by) => ReportRules(service, lost, by, problems));
    }

    /// <inheritdoc/>
    public void End(Service service)
    {
    }

    /// <inheritdoc/>
    public void Forget(ServiceId service)
    {
    }

    /// <summary>A wildcard listener has the connections of an address whose clients are led by other rules.</summary>
    private static void ReportRules(Service service, FrontendEntry lost, FrontendEntry by, ProblemList problems)
    {
        if (lost.FromInside != by.FromInside || lost.FromOutside != by.FromOutside || !lost.AllowedSources.Equals(by.AllowedSources))
        {
            problems.Warning(service, "spec.ports", $"clients of {lost.Address} are led as those of {by.Address}, whose listener has them");
        }
    }
}
