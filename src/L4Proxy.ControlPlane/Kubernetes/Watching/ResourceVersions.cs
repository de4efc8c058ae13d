namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Compares states of the store: decimal numbers since v1.35 by promise (KEP-5504), in practice always.</summary>
internal static class ResourceVersions
{
    /// <summary>Whether a state is not older than another one; false when it cannot be known.</summary>
    /// <param name="version">A state.</param>
    /// <param name="other">Another one; null when there is none, which everything is later than.</param>
    public static bool IsNotBefore(string version, string? other) => other is null
        || (ulong.TryParse(version, out ulong left) && ulong.TryParse(other, out ulong right) && left >= right);
}
