namespace L4Proxy.DataPlane.Balancing;

/// <summary>Any endpoint with equal chance, or in proportion to the weights.</summary>
internal sealed class RandomPolicy : IPickPolicy
{
    public int Pick(EndpointPool pool, UInt128 client, int attempt) => pool.Weights is null
        ? Random.Shared.Next(pool.Members.Length)
        : pool.Schedule[Random.Shared.Next(pool.Schedule.Length)];
}
