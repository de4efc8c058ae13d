using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// The address of this host that captured IPv4 connections of others are led to. <c>redirect</c> alone would lead them to the address of
/// the interface that they come in by, and drop them where it has none, as the links to Pods of several network plugins; IPv6
/// has an address on every interface.
/// </summary>
/// <param name="tools">Runs <c>ip</c>; without it there is no address.</param>
internal sealed class CaptureTarget(IHostTools tools)
{
    private readonly IPTool _ip = new(tools);

    /// <summary>Null when the host has no address, or nobody has asked yet: then <c>redirect</c> has to do.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>
    /// Takes the first address that is of a network rather than of a host alone, otherwise the first. Any would do: the kernel takes in
    /// packets to each of its addresses by whatever interface they come.
    /// </summary>
    public async Task FindAsync(CancellationToken cancellation)
    {
        IEnumerable<JsonElement> addresses = _ip.Exists ? await ListAsync("addr show scope global", cancellation) : [];
        string? first = addresses
            .OrderBy(a => IPTool.Text(a, "prefixlen") == "32" ? 1 : 0)
            .Select(a => IPTool.Text(a, "local"))
            .FirstOrDefault();
        Address = first is null ? null : IPAddress.Parse(first);
    }

    /// <summary>Whether the host still has the address.</summary>
    public async Task<bool> IsRightAsync(CancellationToken cancellation) =>
        Address is null || (await ListAsync($"addr show to {Address}/32", cancellation)).Any();

    private async Task<IEnumerable<JsonElement>> ListAsync(string command, CancellationToken cancellation) =>
        (await _ip.ListAsync(AddressFamily.InterNetwork, command, cancellation))
        .Where(link => link.TryGetProperty("addr_info", out _))
        .SelectMany(link => link.GetProperty("addr_info").EnumerateArray())
        .Where(a => IPTool.Text(a, "family") == "inet");
}
