using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Leaves out endpoints where this proxy itself listens: one connection to such a Service would call itself until all
/// connections are taken. kube-proxy's rules translate a connection once, so that there, too, nobody answers.
/// </summary>
/// <param name="options">Whether connections to Services' own addresses, which need not be this host's, come to this proxy, too.</param>
/// <param name="claims">Who listens where.</param>
internal sealed class OwnListeners(TranslationOptions options, PortClaims claims)
{
    private readonly HashSet<ServiceId> _here = [];
    private readonly Dictionary<IPAddress, ImmutableArray<ServiceId>> _byAddress = [];
    private readonly Dictionary<ServiceId, IPAddress[]> _addresses = [];
    private readonly HashSet<IPAddress> _current = [];
    private readonly HashSet<IPAddress> _changed = [];
    private HashSet<IPAddress> _hostAddresses = [];
    private bool _anyChanged;

    public void SetAddresses(ImmutableArray<IPAddress> addresses) => _hostAddresses = [.. addresses];

    /// <summary>Says that a Service listens elsewhere than before.</summary>
    public void Change(ImmutableArray<PortPlan> before, ImmutableArray<PortPlan> after)
    {
        HashSet<IPEndPoint> addresses = [.. before.SelectMany(p => p.Frontends).Select(f => f.Address)];
        addresses.SymmetricExceptWith(after.SelectMany(p => p.Frontends).Select(f => f.Address));
        _anyChanged |= addresses.Count > 0;
        _changed.UnionWith(addresses.Select(a => a.Address));
    }

    /// <summary>
    /// Services with an endpoint that what changed since the last call may allow or forbid. Few: only Pods in the host's network
    /// have addresses of this host, and hardly an endpoint has the address of a Service.
    /// </summary>
    public IReadOnlyCollection<ServiceId> TakeConcerned()
    {
        HashSet<ServiceId> concerned = _anyChanged ? [.. _here] : [];
        foreach (IPAddress address in _changed)
        {
            concerned.UnionWith(_byAddress.GetValueOrDefault(address, []));
        }

        _anyChanged = false;
        _changed.Clear();
        return concerned;
    }

    /// <summary>A Service's endpoints are read anew, or it is gone.</summary>
    public void Begin(ServiceId service)
    {
        _here.Remove(service);
        _current.Clear();
        foreach (IPAddress address in _addresses.Remove(service, out IPAddress[]? addresses) ? addresses : [])
        {
            ImmutableArray<ServiceId> others = _byAddress[address].Remove(service);
            if (others.IsEmpty)
            {
                _byAddress.Remove(address);
            }
            else
            {
                _byAddress[address] = others;
            }
        }
    }

    /// <summary>Takes such endpoints of a Service port out, and says so.</summary>
    public void Exclude(Service service, List<EndpointCandidate> candidates, ProblemList problems)
    {
        List<IPEndPoint> own = [];
        foreach (ref readonly EndpointCandidate candidate in CollectionsMarshal.AsSpan(candidates))
        {
            bool isHere = IPAddress.IsLoopback(candidate.Address) || _hostAddresses.Contains(candidate.Address);
            if (isHere)
            {
                _here.Add(ServiceId.Of(service));
            }
            else if (options.IsAddressedDirectly)
            {
                _current.Add(candidate.Address);
            }
            else
            {
                continue;
            }

            IPEndPoint address = new(candidate.Address, candidate.Port);
            if (IsListener(address, isHere))
            {
                own.Add(address);
            }
        }

        if (own.Count > 0)
        {
            candidates.RemoveAll(c => own.Contains(new IPEndPoint(c.Address, c.Port)));
            IPEndPoint[] ordered = [.. own.Distinct().Order(AddressOrder.Instance)];
            string others = ordered.Length == 1 ? "" : $" and {ordered.Length - 1} more";
            problems.Warning(service, null, $"endpoint {ordered[0]}{others} not used: L4Proxy itself listens there, connections would loop");
        }
    }

    /// <summary>All ports of the Service were read.</summary>
    public void End(ServiceId service)
    {
        if (_current.Count > 0)
        {
            _addresses[service] = [.. _current];
            foreach (IPAddress address in _current)
            {
                ref ImmutableArray<ServiceId> services = ref CollectionsMarshal.GetValueRefOrAddDefault(_byAddress, address, out bool exists);
                services = exists ? services.Add(service) : [service];
            }
        }
    }

    private bool IsListener(IPEndPoint address, bool isHere) => options.Listen == ListenMode.Captured
        ? claims.IsCaptured(address, isHere) || (isHere && address.Port == options.CapturePort)
        : claims.IsListener(address, isHere);
}
