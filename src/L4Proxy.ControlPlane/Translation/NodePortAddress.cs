using System.Net;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>One item of the list that says where node ports listen: <see cref="All"/>, <see cref="Primary"/>, or a network.</summary>
public sealed record NodePortAddress
{
    /// <summary>All addresses of the host, those that it gets later included: the wildcard addresses.</summary>
    public static readonly NodePortAddress All = new();

    /// <summary>The first InternalIP of each family that the own Node reports.</summary>
    public static readonly NodePortAddress Primary = new() { IsPrimary = true };

    private NodePortAddress()
    {
    }

    public bool IsPrimary { get; private init; }

    public bool IsAll => Address is null && Network is null && !IsPrimary;

    /// <summary>One address, whether the host has it or not.</summary>
    public IPAddress? Address { get; private init; }

    /// <summary>The addresses of the host that are in this network.</summary>
    public IPNetwork? Network { get; private init; }

    public static NodePortAddress Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new NodePortAddress { Address = address };
    }

    public static NodePortAddress Of(IPNetwork network) => new() { Network = network };

    /// <summary><c>all</c>, <c>primary</c>, an address or a CIDR.</summary>
    public override string ToString() => Address?.ToString() ?? Network?.ToString() ?? (IsPrimary ? "primary" : "all");
}
