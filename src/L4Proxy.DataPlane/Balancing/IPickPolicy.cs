namespace L4Proxy.DataPlane.Balancing;

/// <summary>How an endpoint is chosen for a new connection. Stateless, shared by all Services, free of allocation.</summary>
internal interface IPickPolicy
{
    /// <summary>Chooses a member of a pool that has at least one.</summary>
    /// <param name="pool">The endpoints that are available.</param>
    /// <param name="client">The client's address without its port.</param>
    /// <param name="attempt">How many endpoints were tried for this client before: 0 for the first.</param>
    /// <returns>An index into <see cref="EndpointPool.Members"/>.</returns>
    int Pick(EndpointPool pool, UInt128 client, int attempt);
}
