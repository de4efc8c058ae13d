namespace L4Proxy.DataPlane.Balancing;

/// <summary>
/// By client address over a Maglev table: every proxy that sees the same endpoints sends a client to the same
/// one. A retry is hashed anew, so that the clients of a dead endpoint spread over all others.
/// </summary>
internal sealed class SourceHashPolicy : IPickPolicy
{
    public int Pick(EndpointPool pool, UInt128 client, int attempt) => pool.Maglev.Find(StableHash.Of(client, attempt));
}
