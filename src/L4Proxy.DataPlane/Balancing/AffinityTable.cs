namespace L4Proxy.DataPlane.Balancing;

internal sealed class AffinityTable;
