using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// An address of this host alone that captured connections are led to. REDIRECT will not do: it takes an address of the interface that a packet
/// came in by, and drops the packet where there is none (nf_nat_redirect.c); many networks give a Pod's end on the host no address, or
/// only a link-local one. The address is made local by a route, so that no interface has it and nobody takes it for a source.
/// </summary>
internal sealed class CaptureLanding(IHostTools tools)
{
    /// <summary>From the link-local block (RFC 3927), which is not routed.</summary>
    public const string IPv4 = "169.254.102.61";

    /// <summary>A unique local address (RFC 4193).</summary>
    public const string IPv6 = "fd6c:3470:726f:7879::1";

    /// <summary>Who made the route, as ip-route(8) has it: another number than that of routes to Services, so that each is removed by its owner.</summary>
    private const string Own = "proto 212";

    private readonly IPTool _ip = new(tools);

    public bool Exists => _ip.Exists;

    /// <summary>Where DNAT leads to.</summary>
    public static string Destination(bool isIPv6, int port) => isIPv6 ? $"[{IPv6}]:{port}" : $"{IPv4}:{port}";

    public static StringBuilder Plan(StringBuilder text, bool isIPv6) =>
        text.Append("# ip ").Append(IPTool.FamilyFlag(FamilyOf(isIPv6))).Append(" -batch -\n").Append(Command("replace", isIPv6)).Append('\n');

    public async Task<bool> IsThereAsync(bool isIPv6, CancellationToken cancellation) =>
        !(await _ip.ListAsync(FamilyOf(isIPv6), $"route show table local {Address(isIPv6)} {Own}", cancellation)).IsEmpty;

    public Task PutAsync(bool isIPv6, CancellationToken cancellation) =>
        _ip.BatchAsync(FamilyOf(isIPv6), [Command("replace", isIPv6)], cancellation);

    public async Task RemoveAsync(bool isIPv6, CancellationToken cancellation)
    {
        if (_ip.Exists && await IsThereAsync(isIPv6, cancellation))
        {
            await _ip.BatchAsync(FamilyOf(isIPv6), [Command("del", isIPv6)], cancellation);
        }
    }

    private static string Address(bool isIPv6) => isIPv6 ? IPv6 : IPv4;

    private static AddressFamily FamilyOf(bool isIPv6) => isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    private static string Command(string verb, bool isIPv6) => $"route {verb} local {Address(isIPv6)} dev lo table local {Own}";
}
