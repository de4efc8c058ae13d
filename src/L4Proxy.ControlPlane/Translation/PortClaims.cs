using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Who has which address. Of Service ports that want the same one, the first in the order of their keys has it, whoever
/// came first: the answer depends on the wishes alone. Wishes for any free port meet nobody.
/// </summary>
internal sealed class PortClaims
{
    private readonly Dictionary<(bool IsBound, ServiceProtocol Protocol, int Port), PortWishes> _byPort = [];
    private readonly HashSet<(bool IsBound, ServiceProtocol Protocol, int Port)> _unsettled = [];

    /// <summary>Says what a Service port wants from now on in place of what it wanted.</summary>
    public void Change(ServicePortKey key, ImmutableArray<FrontendWish> before, ImmutableArray<FrontendWish> after)
    {
        foreach (AddressClaim claim in ClaimsOf(key, before))
        {
            _byPort[Place(claim)].Remove(key, claim.Address.Address);
            _unsettled.Add(Place(claim));
        }

        foreach (AddressClaim claim in ClaimsOf(key, after))
        {
            if (!_byPort.TryGetValue(Place(claim), out PortWishes? wishes))
            {
                _byPort.Add(Place(claim), wishes = new PortWishes(claim.IsBound));
            }

            wishes.Add(key, claim.Address.Address);
            _unsettled.Add(Place(claim));
        }
    }

    /// <summary>Decides what changes left open, and names the Service ports whose refusals may have changed.</summary>
    public IReadOnlyCollection<ServicePortKey> Settle()
    {
        HashSet<ServicePortKey> concerned = [];
        foreach ((bool, ServiceProtocol, int) place in _unsettled)
        {
            PortWishes wishes = _byPort[place];
            wishes.Settle(concerned);
            if (wishes.IsEmpty)
            {
                _byPort.Remove(place);
            }
        }

        _unsettled.Clear();
        return concerned;
    }

    /// <summary>The addresses of a Service port's wishes that are not granted; most often none.</summary>
    public ImmutableArray<PortRefusal> RefusalsOf(ServicePortKey key, ImmutableArray<FrontendWish> wishes)
    {
        ImmutableArray<PortRefusal> refusals = [];
        foreach (FrontendWish wish in wishes)
        {
            foreach (AddressClaim claim in AddressClaim.Of(key, wish))
            {
                if (_byPort[Place(claim)].HolderInsteadOf(key, claim.Address.Address) is { } holder)
                {
                    refusals = refusals.Add(new PortRefusal(wish, claim, holder));
                }
            }
        }

        return refusals;
    }

    /// <summary>Whether some Service port wants to listen on a TCP port number.</summary>
    public bool IsWanted(int port) => _byPort.TryGetValue((true, ServiceProtocol.Tcp, port), out PortWishes? wishes) && !wishes.IsEmpty;

    /// <summary>Whether TCP connections to an address come to a listener that some Service port wants.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isHere">Whether it is an address of this host: those that wildcard addresses stand for.</param>
    public bool IsListener(IPEndPoint address, bool isHere) =>
        _byPort.TryGetValue((true, ServiceProtocol.Tcp, address.Port), out PortWishes? wishes) && wishes.HasListener(address.Address, isHere);

    /// <summary>Whether packet rules lead TCP connections to an address to some Service port; the parameters are those of <see cref="IsListener"/>.</summary>
    public bool IsCaptured(IPEndPoint address, bool isHere) =>
        _byPort.TryGetValue((false, ServiceProtocol.Tcp, address.Port), out PortWishes? wishes) && wishes.HasListener(address.Address, isHere);

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

    private static (bool IsBound, ServiceProtocol Protocol, int Port) Place(AddressClaim claim) => (claim.IsBound, claim.Protocol, claim.Address.Port);

    private static IEnumerable<AddressClaim> ClaimsOf(ServicePortKey key, ImmutableArray<FrontendWish> wishes) =>
        wishes.SelectMany(w => AddressClaim.Of(key, w));
}
