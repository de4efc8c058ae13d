using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Frontends of <see cref="ListenMode.BindAddress"/>.</summary>
/// <param name="bindAddress">Where all Service ports listen.</param>
internal sealed class BindAddressFrontends(IPAddress bindAddress) : IFrontendPlanner
{
    /// <inheritdoc/>
    public void Begin(Service service, ProblemList problems)
    {
    }

    /// <inheritdoc/>
    public ImmutableArray<FrontendWish> Plan(Service service, int portIndex, TrafficRules rules, NodeView node, ProblemList problems)
    {
        int port = service.Spec.Ports[portIndex].Port;
        ImmutableArray<IPEndPoint> standsFor = [.. service.ClusterAddresses().Select(a => new IPEndPoint(a, port))];
        return [new FrontendWish(rules.Frontend(new IPEndPoint(bindAddress, port), FrontendKind.HostPort, standsFor), $"spec.ports[{portIndex}].port")];
    }

    /// <inheritdoc/>
    public void End(Service service)
    {
    }

    /// <inheritdoc/>
    public void Forget(ServiceId service)
    {
    }
}
