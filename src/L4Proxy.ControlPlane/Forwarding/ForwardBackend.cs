using System.Globalization;

namespace L4Proxy.ControlPlane.Forwarding;

/// <summary>Where a listener's connections go.</summary>
/// <param name="Host">IP address without brackets, or a host name that stands for all its addresses.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Weight">Share of each of its addresses, 0 (none) to 1000.</param>
public sealed record ForwardBackend(string Host, int Port, int Weight = 1)
{
    /// <summary>Largest weight, that of <see cref="DataPlane.Services.EndpointEntry.Weight"/>.</summary>
    public const int MaxWeight = 1000;

    /// <summary>As it would be written; a weight of 1 is left out.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Address}{(Weight == 1 ? "" : $"/weight={Weight}")}");

    internal string Address =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
