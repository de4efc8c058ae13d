namespace L4Proxy.DataPlane.Services;

/// <summary>Which of a Service port's endpoints a connection may go to. The source decides what is in each.</summary>
public enum EndpointScope : byte
{
    /// <summary>Those with <see cref="EndpointEntry.Usable"/>.</summary>
    Cluster,

    /// <summary>Those with <see cref="EndpointEntry.UsableLocally"/>: on this node only.</summary>
    Local,
}
