namespace L4Proxy.DataPlane.Services;

/// <summary>
/// Which clients count as inside, for all listeners of a server: the networks of the table in force, swapped by
/// reference (<see cref="ServiceTable.Inside"/>).
/// </summary>
internal sealed class InsideState
{
    private volatile NetworkSet _networks = NetworkSet.Empty;

    public NetworkSet Networks
    {
        get => _networks;
        set => _networks = value;
    }
}
