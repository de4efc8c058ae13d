namespace L4Proxy.DataPlane.Balancing;

/// <summary>Each endpoint in turn. A retry takes a turn too, so that the endpoint after a dead one does not get its share.</summary>
internal sealed class RoundRobinPolicy : IPickPolicy
{
    public int Pick(EndpointPool pool, UInt128 client, int attempt)
    {
        ulong turn = pool.State.NextTurn();
        return pool.Weights is null
            ? (int)(turn % (uint)pool.Members.Length)
            : pool.Schedule[(int)(turn % (uint)pool.Schedule.Length)];
    }
}
