using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>The endpoints of one Service, by port.</summary>
internal interface IPortEndpoints
{
    /// <summary>Adds the endpoints of a port as their objects describe them; an address may come more than once.</summary>
    void AddTo(List<EndpointCandidate> candidates, ServicePort port);

    /// <summary>Distinct ready IPs on a node, over all ports: what a load balancer's health check is told.</summary>
    int ReadyOn(string nodeName);

    /// <summary>What to tell the user when there is none, half a sentence; null when there is nothing to mend.</summary>
    string? WhyNone { get; }
}
