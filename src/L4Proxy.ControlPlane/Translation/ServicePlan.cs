using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What follows from a Service and the own node, before endpoints are known: kept while only those change.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Ports">Its ports that are to be served, in the order of their keys.</param>
/// <param name="Options">Settings of all of them.</param>
/// <param name="HealthCheckPort">Where load balancers ask for local endpoints; 0 when they do not.</param>
/// <param name="Problems">What is wrong with the Service.</param>
internal sealed record ServicePlan(
    Service Service, ImmutableArray<PortPlan> Ports, ServiceOptions Options, int HealthCheckPort, ImmutableArray<Problem> Problems);
