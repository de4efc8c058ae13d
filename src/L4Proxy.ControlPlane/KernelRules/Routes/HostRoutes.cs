using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>What addresses and routes of one family a host has, at one moment.</summary>
/// <param name="Own">Networks of our routes in the table local.</param>
/// <param name="Taken">What the table local has from others: the host's own addresses first of all.</param>
/// <param name="Main">Destinations of the table main, without its default route.</param>
/// <param name="Preferred">The address by which this host's own clients are known; null when it has none.</param>
internal sealed record HostRoutes(
    ImmutableHashSet<IPNetwork> Own, ImmutableHashSet<IPNetwork> Taken, ImmutableArray<(IPNetwork Network, string Device)> Main, IPAddress? Preferred)
{
    /// <summary>Numbers of the tables, linux/rtnetlink.h.</summary>
    private const string LocalTable = "255";

    private const string MainTable = "254";

    /// <summary>RTN_LOCAL; the table has broadcast and multicast destinations, too.</summary>
    private const string LocalType = "2";

    private static readonly string s_ownProtocol = IPTool.OwnProtocol.ToString(CultureInfo.InvariantCulture);

    public static async Task<HostRoutes> ReadAsync(IPTool ip, AddressFamily family, CancellationToken cancellation)
    {
        ImmutableArray<JsonElement> local = await ip.ListAsync(family, $"route show table {LocalTable}", cancellation);
        ImmutableArray<JsonElement> main = await ip.ListAsync(family, $"route show table {MainTable}", cancellation);
        ImmutableArray<JsonElement> links = await ip.ListAsync(family, "addr show", cancellation);
        return new HostRoutes(
            [.. local.Where(IsOwn).Select(Destination).OfType<IPNetwork>()],
            [.. local.Where(r => !IsOwn(r) && IPTool.Text(r, "type") == LocalType).Select(Destination).OfType<IPNetwork>()],
            [.. main.Select(r => (Network: Destination(r), Device: IPTool.Text(r, "dev"))).Where(r => r.Network is not null).Select(r => (r.Network!.Value, r.Device))],
            PreferredAddress(main, links));
    }

    /// <summary>Our routes alone.</summary>
    public static async Task<ImmutableHashSet<IPNetwork>> ReadOwnAsync(IPTool ip, AddressFamily family, CancellationToken cancellation) =>
    [
        .. (await ip.ListAsync(family, $"route show table {LocalTable} proto {IPTool.OwnProtocol}", cancellation))
        .Select(Destination).OfType<IPNetwork>(),
    ];

    /// <summary>Why a network must not be made local; null when it may.</summary>
    public string? Refusal(IPNetwork network, ImmutableArray<IPNetwork> podNetworks)
    {
        if (Taken.Where(t => LocalNetworks.Covers(network, t) && t != network).Select(t => (IPNetwork?)t).FirstOrDefault() is { } own)
        {
            return $"service network {network} covers {own.BaseAddress}, an address of this host: only networks that nothing but Services has addresses in can be made local";
        }

        foreach (IPNetwork pods in podNetworks)
        {
            if (LocalNetworks.Covers(network, pods) || LocalNetworks.Covers(pods, network))
            {
                return $"service network {network} overlaps the Pod network {pods}: Pods could not be reached";
            }
        }

        return Main.FirstOrDefault(m => LocalNetworks.Covers(network, m.Network)) is { Device: { } device } route
            ? $"service network {network} would shadow the route to {route.Network} by {device}, which is not L4Proxy's"
            : null;
    }

    private static bool IsOwn(JsonElement route) => IPTool.Text(route, "protocol") == s_ownProtocol;

    private static IPNetwork? Destination(JsonElement route)
    {
        string text = IPTool.Text(route, "dst");
        return IPNetwork.TryParse(text, out IPNetwork network) ? network
            : IPAddress.TryParse(text, out IPAddress? address) ? LocalNetworks.Alone(address)
            : null;
    }

    /// <summary>
    /// The address that the host uses towards strangers: that of its default route, else the first one of global scope. Without it a
    /// client on this host would come from the very Service address that it connects to.
    /// </summary>
    private static IPAddress? PreferredAddress(ImmutableArray<JsonElement> main, ImmutableArray<JsonElement> links)
    {
        JsonElement route = main.FirstOrDefault(r => IPTool.Text(r, "dst") == "default");
        if (route.ValueKind == JsonValueKind.Object && IPAddress.TryParse(IPTool.Text(route, "prefsrc"), out IPAddress? preferred))
        {
            return preferred;
        }

        string device = route.ValueKind == JsonValueKind.Object ? IPTool.Text(route, "dev") : "";
        return links.OrderByDescending(l => IPTool.Text(l, "ifname") == device).SelectMany(GlobalAddresses).FirstOrDefault();
    }

    private static IEnumerable<IPAddress> GlobalAddresses(JsonElement link)
    {
        if (!link.TryGetProperty("addr_info", out JsonElement addresses))
        {
            yield break;
        }

        foreach (JsonElement entry in addresses.EnumerateArray())
        {
            // RT_SCOPE_UNIVERSE; the kernel takes no address as preferred source while it looks for duplicates.
            if (IPTool.Text(entry, "scope") == "0" && !entry.TryGetProperty("tentative", out _)
                && IPAddress.TryParse(IPTool.Text(entry, "local"), out IPAddress? address))
            {
                yield return address;
            }
        }
    }
}
