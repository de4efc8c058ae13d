using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Balancing;

/// <summary>A <see cref="ServiceEntry"/> joined with the states of its usable endpoints: immutable, what pickers read.</summary>
internal sealed class BoundService
{
    public BoundService(ServiceEntry entry, EndpointState[] endpoints)
    {
        Entry = entry;
        Endpoints = endpoints;
    }

    public ServiceEntry Entry { get; }

    /// <summary>States of the usable endpoints, in the entry's order.</summary>
    public EndpointState[] Endpoints { get; }
}
