using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Where a Service's ports should listen: one implementation for each <see cref="ListenMode"/>.</summary>
internal interface IFrontendPlanner
{
    /// <summary>Wishes of one Service port, none of which another one of them covers.</summary>
    /// <param name="service">The Service.</param>
    /// <param name="portIndex">Which of its ports.</param>
    /// <param name="rules">Rules of its frontends.</param>
    /// <param name="node">The own node.</param>
    /// <param name="problems">Gets what cannot be served.</param>
    ImmutableArray<FrontendWish> Plan(Service service, int portIndex, TrafficRules rules, NodeView node, ProblemList problems);

    /// <summary>What is said once about a Service, whatever its ports; then its ports are planned.</summary>
    void Begin(Service service, ProblemList problems);

    /// <summary>All ports of the Service were planned.</summary>
    void End(Service service);

    /// <summary>The Service is gone.</summary>
    void Forget(ServiceId service);
}
