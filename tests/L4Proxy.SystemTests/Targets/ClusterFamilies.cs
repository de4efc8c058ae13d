namespace L4Proxy.SystemTests.Targets;

/// <summary>Which addresses the Services of a cluster have.</summary>
public enum ClusterFamilies
{
    IPv4,
    IPv6,
    Dual,
}
