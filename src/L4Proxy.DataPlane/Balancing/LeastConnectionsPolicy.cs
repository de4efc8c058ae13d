namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// The power of two choices (Mitzenmacher, 2001): of two different endpoints drawn at random, the one with fewer
/// connections for its weight. Drawn without replacement: with it, the busiest of two endpoints would still get
/// a quarter of the connections.
/// </summary>
internal sealed class LeastConnectionsPolicy : IPickPolicy
{
    public int Pick(EndpointPool pool, UInt128 client, int attempt)
    {
        int count = pool.Members.Length;
        if (count == 1)
        {
            return 0;
        }

        int first = Random.Shared.Next(count);
        int second = Random.Shared.Next(count - 1);
        second += second >= first ? 1 : 0;

        int firstWeight = pool.WeightOf(first);
        int secondWeight = pool.WeightOf(second);
        long difference = ((long)pool.Members[first].Active * secondWeight) - ((long)pool.Members[second].Active * firstWeight);
        if (difference == 0 && firstWeight != secondWeight)
        {
            // Equally loaded, as idle endpoints are: the weights decide.
            return Random.Shared.Next(firstWeight + secondWeight) < firstWeight ? first : second;
        }

        return difference <= 0 ? first : second;
    }
}
