namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>What becomes of a new connection to an address of a Service port.</summary>
public enum ServiceFate : byte
{
    /// <summary>It is led to one of the endpoints.</summary>
    Serve,

    /// <summary>
    /// Its packets are dropped: the traffic policy wants an endpoint of this node, and all of them are elsewhere; a load balancer
    /// that sees no answer tries another node.
    /// </summary>
    Drop,

    /// <summary>It is refused (TCP: ECONNREFUSED): there is no endpoint anywhere.</summary>
    Reject,
}
