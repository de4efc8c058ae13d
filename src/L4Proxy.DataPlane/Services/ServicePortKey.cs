namespace L4Proxy.DataPlane.Services;

/// <summary>
/// Identity of one Service port: what sockets, affinity pins and counters belong to across snapshots.
/// kube-proxy calls the same thing ServicePortName.
/// </summary>
/// <param name="Namespace">Namespace of the Service; empty for a listener given on the command line.</param>
/// <param name="Name">Name of the Service.</param>
/// <param name="Port">Name of the port; empty when the Service has one unnamed port.</param>
/// <param name="Protocol">Transport protocol.</param>
public readonly record struct ServicePortKey(string Namespace, string Name, string Port, ServiceProtocol Protocol)
    : IComparable<ServicePortKey>
{
    /// <summary>Ordinal order by namespace, name, port, protocol: who comes first keeps a contested port.</summary>
    public int CompareTo(ServicePortKey other)
    {
        int order = string.CompareOrdinal(Namespace, other.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(Name, other.Name);
        order = order != 0 ? order : string.CompareOrdinal(Port, other.Port);
        return order != 0 ? order : Protocol.CompareTo(other.Protocol);
    }

    /// <summary><c>namespace/name:port</c>, the form used in logs, metrics and tables.</summary>
    public override string ToString()
    {
        string name = Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
        return Port.Length == 0 ? name : $"{name}:{Port}";
    }

    public static bool operator <(ServicePortKey left, ServicePortKey right) => left.CompareTo(right) < 0;

    public static bool operator >(ServicePortKey left, ServicePortKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(ServicePortKey left, ServicePortKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ServicePortKey left, ServicePortKey right) => left.CompareTo(right) >= 0;
}
