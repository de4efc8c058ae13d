using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Who listens where. Of Service ports that want the same address, the first in the order of their keys has it, whoever
/// came first: the answer depends on the wishes alone. Wishes for any free port meet nobody.
/// </summary>
internal sealed class PortClaims
{
    private readonly Dictionary<int, PortWishes> _byPort = [];
    private readonly HashSet<int> _unsettled = [];

    /// <summary>Says what a Service port wants from now on in place of what it wanted.</summary>
    public void Change(ServicePortKey key, ImmutableArray<FrontendWish> before, ImmutableArray<FrontendWish> after)
    {
        foreach (int port in PortsOf(before))
        {
            _byPort[port].Remove(key);
            _unsettled.Add(port);
        }

        foreach (FrontendWish wish in after)
        {
            int port = wish.Frontend.Address.Port;
            if (port == 0)
            {
                continue;
            }

            if (!_byPort.TryGetValue(port, out PortWishes? wishes))
            {
                _byPort.Add(port, wishes = new PortWishes());
            }

            wishes.Add(key, wish);
            _unsettled.Add(port);
        }
    }

    /// <summary>Decides what changes left open, and names the Service ports whose refusals may have changed.</summary>
    public IReadOnlyCollection<ServicePortKey> Settle()
    {
        HashSet<ServicePortKey> concerned = [];
        foreach (int port in _unsettled)
        {
            PortWishes wishes = _byPort[port];
            concerned.UnionWith(wishes.Refused);
            wishes.Settle();
            concerned.UnionWith(wishes.Refused);
            if (wishes.IsEmpty)
            {
                _byPort.Remove(port);
            }
        }

        _unsettled.Clear();
        return concerned;
    }

    /// <summary>The wishes of a Service port that are not granted; most often none.</summary>
    public ImmutableArray<PortRefusal> RefusalsOf(ServicePortKey key, ImmutableArray<FrontendWish> wishes)
    {
        ImmutableArray<PortRefusal> refusals = [];
        foreach (int port in PortsOf(wishes))
        {
            refusals = refusals.AddRange(_byPort[port].RefusalsOf(key));
        }

        return refusals;
    }

    /// <summary>Whether some Service port wants a port number.</summary>
    public bool IsWanted(int port) => _byPort.TryGetValue(port, out PortWishes? wishes) && !wishes.IsEmpty;

    /// <summary>Whether some Service port wants to listen where connections to an address arrive.</summary>
    public bool IsWanted(IPEndPoint address) =>
        _byPort.TryGetValue(address.Port, out PortWishes? wishes) && wishes.Addresses.Any(wanted => Covers(wanted, address));

    /// <summary>Leaves out what another wish of the same Service port includes: an equal one before it, or a wildcard anywhere.</summary>
    /// <param name="wishes">The wishes of one Service port.</param>
    /// <param name="onLost">Told of each that is left out, and of the one that includes it.</param>
    public static ImmutableArray<FrontendWish> WithoutCovered(List<FrontendWish> wishes, Action<FrontendEntry, FrontendEntry> onLost)
    {
        ImmutableArray<FrontendWish>.Builder kept = ImmutableArray.CreateBuilder<FrontendWish>(wishes.Count);
        for (int i = 0; i < wishes.Count; i++)
        {
            FrontendEntry frontend = wishes[i].Frontend;
            int by = wishes.FindIndex(other => !ReferenceEquals(other.Frontend, frontend) && Covers(other.Frontend.Address, frontend.Address));
            if (by < 0 || (by > i && Covers(frontend.Address, wishes[by].Frontend.Address)))
            {
                kept.Add(wishes[i]);
            }
            else
            {
                onLost(frontend, wishes[by].Frontend);
            }
        }

        return kept.DrainToImmutable();
    }

    /// <summary>
    /// Whether a listener on the first address also gets the connections of the second: the same address, or the
    /// wildcard of its family. <c>[::]</c> counts for both families: the engines make it a dual-stack socket (RFC 3493,
    /// section 3.7). Any free port is another one each time.
    /// </summary>
    public static bool Covers(IPEndPoint wide, IPEndPoint narrow) => wide.Port == narrow.Port && wide.Port != 0
        && (wide.Address.Equals(narrow.Address)
            || wide.Address.Equals(IPAddress.IPv6Any)
            || (wide.Address.Equals(IPAddress.Any) && narrow.AddressFamily == AddressFamily.InterNetwork));

    private static IEnumerable<int> PortsOf(ImmutableArray<FrontendWish> wishes) =>
        wishes.Select(w => w.Frontend.Address.Port).Where(p => p != 0).Distinct();
}
