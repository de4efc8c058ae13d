using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.Balancing;

/// <summary>What an affinity table should do, in the plainest terms: a list in the order of last use.</summary>
internal sealed class AffinityModel(int capacity, long timeoutMs)
{
    private readonly List<(int Client, EndpointState Endpoint, long UsedMs)> _pins = [];

    public EndpointState? Apply(AffinityTableTests.Operation operation, int client, EndpointState endpoint, long nowMs)
    {
        _pins.RemoveAll(p => nowMs - p.UsedMs >= timeoutMs);
        EndpointState? pinned = _pins.Find(p => p.Client == client).Endpoint;
        switch (operation)
        {
            case AffinityTableTests.Operation.Find:
                return pinned is null ? null : Use(client, pinned, nowMs);
            case AffinityTableTests.Operation.Pin:
                return Use(client, pinned ?? endpoint, nowMs);
            case AffinityTableTests.Operation.PinOver:
                return Use(client, endpoint, nowMs);
            case AffinityTableTests.Operation.Set:
                _ = Use(client, endpoint, nowMs);
                return null;
            default:
                _pins.RemoveAll(p => p.Client == client && p.Endpoint == endpoint);
                return null;
        }
    }

    private EndpointState Use(int client, EndpointState endpoint, long nowMs)
    {
        _pins.RemoveAll(p => p.Client == client);
        if (_pins.Count == capacity)
        {
            _pins.RemoveAt(0);
        }

        _pins.Add((client, endpoint, nowMs));
        return endpoint;
    }
}
