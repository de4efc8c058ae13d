namespace L4Proxy.Microbench.Allocations;

/// <summary>What a benchmark allocates.</summary>
/// <param name="Name">Class, method and parameters, such as <c>PickBenchmarks.Pick(Method: Random, Endpoints: 3)</c>.</param>
/// <param name="Bytes">Of one operation, rounded up.</param>
internal sealed record MeasuredAllocation(string Name, long Bytes);
