using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>The endpoints of one Service, by port.</summary>
internal interface IPortEndpoints
{
    /// <summary>Endpoints of a port as their objects describe them; an address may come more than once.</summary>
    IEnumerable<EndpointEntry> Of(ServicePort port);

    /// <summary>What to tell the user when there is none, half a sentence; null when there is nothing to mend.</summary>
    string? WhyNone { get; }
}
