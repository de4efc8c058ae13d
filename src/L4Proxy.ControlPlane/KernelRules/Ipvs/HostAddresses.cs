using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Addresses of this host, by <c>ip -json address</c>.</summary>
/// <param name="Own">On other devices than ours, without 127.0.0.0/8, ::1 and link-local ones.</param>
/// <param name="OnDevice">On ours; null when there is no such device.</param>
/// <param name="Alias">Our device's alias.</param>
internal sealed record HostAddresses(ImmutableHashSet<IPAddress> Own, ImmutableHashSet<IPAddress>? OnDevice, string Alias)
{
    public static readonly HostAddresses None = new([], null, "");

    /// <exception cref="JsonException">It is not what the tool writes.</exception>
    public static HostAddresses Parse(string json)
    {
        ImmutableHashSet<IPAddress>.Builder own = ImmutableHashSet.CreateBuilder<IPAddress>();
        HostAddresses result = None;
        using JsonDocument document = JsonDocument.Parse(json.Trim().Length == 0 ? "[]" : json);
        foreach (JsonElement link in document.RootElement.EnumerateArray())
        {
            // Filters leave empty objects for what they exclude.
            string device = link.TryGetProperty("ifname", out JsonElement name) ? name.GetString() ?? "" : "";
            IEnumerable<IPAddress> addresses = device.Length == 0 ? [] : AddressesOf(link);
            if (device == IpvsNames.Device)
            {
                result = result with { OnDevice = [.. addresses.Where(a => !a.IsIPv6LinkLocal)] };
            }
            else
            {
                own.UnionWith(addresses.Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal));
            }
        }

        return result with { Own = own.ToImmutable() };
    }

    /// <summary>The alias of the only device in <c>ip -json link</c>; empty when it has none.</summary>
    /// <exception cref="JsonException">It is not what the tool writes.</exception>
    public static string ParseAlias(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateArray()
            .Select(link => link.TryGetProperty("ifalias", out JsonElement alias) ? alias.GetString() : null)
            .FirstOrDefault(alias => alias is not null) ?? "";
    }

    /// <summary>Those of one family on which node ports are served.</summary>
    public IEnumerable<IPAddress> OfFamily(AddressFamily family) => Own.Where(a => a.AddressFamily == family);

    private static IEnumerable<IPAddress> AddressesOf(JsonElement link) =>
        !link.TryGetProperty("addr_info", out JsonElement infos) ? [] : infos.EnumerateArray()
            .Where(i => i.TryGetProperty("local", out _))
            .Select(i => IPAddress.Parse(i.GetProperty("local").GetString() ?? ""));
}
