namespace L4Proxy.ControlPlane.Translation;

/// <summary>A range of ports, both ends included.</summary>
/// <param name="First">1 to 65535.</param>
/// <param name="Last">Not below the first.</param>
public readonly record struct PortRange(int First, int Last)
{
    public int Count => Last - First + 1;

    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary><c>40000-49999</c>.</summary>
    public override string ToString() => $"{First}-{Last}";
}
