using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Identity of a Service; the order in which Services are translated and reported.</summary>
internal readonly record struct ServiceId(string Namespace, string Name) : IComparable<ServiceId>
{
    public static ServiceId Of(Service service) => new(service.Metadata.Namespace, service.Metadata.Name);

    public int CompareTo(ServiceId other)
    {
        int order = string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(ServiceId left, ServiceId right) => left.CompareTo(right) < 0;

    public static bool operator >(ServiceId left, ServiceId right) => left.CompareTo(right) > 0;

    public static bool operator <=(ServiceId left, ServiceId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ServiceId left, ServiceId right) => left.CompareTo(right) >= 0;
}
