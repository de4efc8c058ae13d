using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Questions about entries of the table.</summary>
internal static class EntryExtensions
{
    /// <summary>Whether two entries say the same, lists compared item by item.</summary>
    public static bool IsSameAs(this ServiceEntry entry, ServiceEntry other) => ReferenceEquals(entry, other)
        || (entry.Key == other.Key
            && entry.SameFamily == other.SameFamily
            && entry.Options == other.Options
            && entry.Frontends.AsSpan().SequenceEqual(other.Frontends.AsSpan())
            && entry.Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan()));
}
