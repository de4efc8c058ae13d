using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>Finds endpoints that are the Service's own listener: a connection to one would call itself for ever.</summary>
internal static class SelfReference
{
    /// <summary>The entry with such endpoints marked unusable, and a line about each.</summary>
    public static ServiceEntry Exclude(ServiceEntry entry, ICollection<string> notes)
    {
        if (!HasSelf(entry))
        {
            return entry;
        }

        foreach (EndpointEntry self in entry.Endpoints.Where(e => IsSelf(entry, e.Address)))
        {
            notes.Add($"{entry.Key}: endpoint {self.Address} is the Service's own listener and is not used: connections would loop");
        }

        return entry with
        {
            Endpoints = [.. entry.Endpoints.Select(e => IsSelf(entry, e.Address) ? e with { Usable = false, UsableLocally = false } : e)],
        };
    }

    private static bool HasSelf(ServiceEntry entry)
    {
        foreach (EndpointEntry endpoint in entry.Endpoints)
        {
            if (IsSelf(entry, endpoint.Address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSelf(ServiceEntry entry, IPEndPoint endpoint)
    {
        foreach (FrontendEntry frontend in entry.Frontends)
        {
            IPEndPoint address = frontend.Address;
            if (address.Port == endpoint.Port
                && (address.Address.Equals(endpoint.Address) || (IsAny(address.Address) && IsOfThisHost(endpoint.Address))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A socket can be bound only to an address that the host has. Asked only where the ports are the same, too.</summary>
    private static bool IsOfThisHost(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        using Socket probe = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
