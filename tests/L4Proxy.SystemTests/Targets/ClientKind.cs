namespace L4Proxy.SystemTests.Targets;

/// <summary>Kinds of client that rules tell apart.</summary>
public enum ClientKind
{
    /// <summary>A Pod of this node.</summary>
    Pod,

    /// <summary>A Pod of this node that is an endpoint.</summary>
    EndpointPod,

    /// <summary>The node itself.</summary>
    Node,

    /// <summary>From elsewhere, in the source ranges of the Service that has some.</summary>
    Allowed,

    /// <summary>From elsewhere, in no source range.</summary>
    Strange,
}
