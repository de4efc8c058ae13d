using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A Service port that is to be served, as far as it follows from its Service alone.</summary>
/// <param name="Key">Identity of the Service port.</param>
/// <param name="Port">The port.</param>
/// <param name="Wishes">Where it should listen.</param>
/// <param name="Lists">Lists of endpoints that its frontends use.</param>
internal sealed record PortPlan(ServicePortKey Key, ServicePort Port, ImmutableArray<FrontendWish> Wishes, EndpointLists Lists)
{
    /// <summary>All that it wishes for.</summary>
    public ImmutableArray<FrontendEntry> Frontends { get; } = [.. Wishes.Select(static w => w.Frontend)];
}
