using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A Service with its endpoints; not yet decided is which of its frontends another Service has already.</summary>
/// <param name="Plan">What it was made from.</param>
/// <param name="Entries">One for each port of the plan, with all frontends that it wishes for.</param>
/// <param name="LocalEndpoints">Distinct ready IPs on this node, where load balancers ask for them.</param>
/// <param name="Problems">What is wrong with the Service and its endpoints.</param>
internal sealed record FilledService(
    ServicePlan Plan, ImmutableArray<ServiceEntry> Entries, int LocalEndpoints, ImmutableArray<Problem> Problems);
