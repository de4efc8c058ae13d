using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>Finds endpoints that are the Service's own listener: a connection to one would call itself for ever.</summary>
internal static class SelfReference
{
    /// <summary>The entry with such endpoints marked unusable, and a line about each.</summary>
    public static ServiceEntry Exclude(ServiceEntry entry, ICollection<string> notes)
    {
        if (!entry.Endpoints.Any(e => IsSelf(entry, e.Address)))
        {
            return entry;
        }

        foreach (EndpointEntry self in entry.Endpoints.Where(e => IsSelf(entry, e.Address)))
        {
            notes.Add($"{entry.Key}: endpoint {self.Address} is the Service's own listener and is not used: connections would loop");
        }

        return entry with
        {
            Endpoints = [.. entry.Endpoints.Select(e => IsSelf(entry, e.Address) ? e with { Usable = false } : e)],
        };
    }

    private static bool IsSelf(ServiceEntry entry, IPEndPoint endpoint) =>
        entry.Frontends.Any(f => f.Address.Port == endpoint.Port
            && (f.Address.Address.Equals(endpoint.Address) || (IsAny(f.Address.Address) && IPAddress.IsLoopback(endpoint.Address))));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
