using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>The policy behind each <see cref="BalanceMethod"/>.</summary>
internal static class PickPolicies
{
    private static readonly RoundRobinPolicy s_roundRobin = new();
    private static readonly LeastConnectionsPolicy s_leastConnections = new();
    private static readonly RandomPolicy s_random = new();
    private static readonly SourceHashPolicy s_sourceHash = new();

    public static IPickPolicy For(BalanceMethod method) => method switch
    {
        BalanceMethod.RoundRobin => s_roundRobin,
        BalanceMethod.LeastConnections => s_leastConnections,
        BalanceMethod.Random => s_random,
        BalanceMethod.SourceHash => s_sourceHash,
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "not a balance method"),
    };
}
