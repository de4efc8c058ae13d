namespace L4Proxy.ControlPlane.Translation;

/// <summary>Lists of endpoints that the frontends of a Service port use, one for each <see cref="DataPlane.Services.EndpointScope"/>.</summary>
[Flags]
internal enum EndpointLists : byte
{
    None = 0,
    Cluster = 1,
    Local = 2,
}
