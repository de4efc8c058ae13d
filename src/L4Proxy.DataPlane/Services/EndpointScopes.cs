namespace L4Proxy.DataPlane.Services;

/// <summary>The <see cref="EndpointScope"/>s that an endpoint is eligible in, one bit each.</summary>
[Flags]
internal enum EndpointScopes : byte
{
    None = 0,
    Cluster = 1 << EndpointScope.Cluster,
    Local = 1 << EndpointScope.Local,
}
