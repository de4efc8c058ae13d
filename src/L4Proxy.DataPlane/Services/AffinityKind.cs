namespace L4Proxy.DataPlane.Services;

/// <summary>Service field <c>sessionAffinity</c>.</summary>
public enum AffinityKind : byte
{
    None,
    ClientIP,
}
