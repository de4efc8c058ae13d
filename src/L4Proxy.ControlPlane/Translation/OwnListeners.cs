using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Leaves out endpoints where this proxy itself listens: one connection to such a Service would call itself until all
/// connections are taken. kube-proxy's rules translate a connection once, so that there, too, nobody answers.
/// </summary>
/// <param name="isListener">Whether some Service listens on an address.</param>
internal sealed class OwnListeners(Func<IPEndPoint, bool> isListener)
{
    private readonly HashSet<ServiceId> _concerned = [];
    private HashSet<IPAddress> _addresses = [];

    /// <summary>
    /// Services with an endpoint on an address of this host: what others listen on decides whether it is used. Few, for
    /// only Pods in the host's network have such addresses.
    /// </summary>
    public IReadOnlyCollection<ServiceId> Concerned => _concerned;

    public void SetAddresses(ImmutableArray<IPAddress> addresses) => _addresses = [.. addresses];

    public void Forget(ServiceId service) => _concerned.Remove(service);

    /// <summary>Takes such endpoints of a Service port out, and says so.</summary>
    public void Exclude(Service service, List<EndpointCandidate> candidates, ProblemList problems)
    {
        if (!candidates.Exists(IsHere))
        {
            return;
        }

        _concerned.Add(ServiceId.Of(service));
        IPEndPoint[] own = [.. candidates.Where(IsHere).Select(EndPoint).Where(isListener).Distinct().Order(AddressOrder.Instance)];
        if (own is [var first, ..])
        {
            candidates.RemoveAll(c => own.Contains(EndPoint(c)));
            string others = own.Length == 1 ? "" : $" and {own.Length - 1} more";
            problems.Warning(service, null, $"endpoint {first}{others} not used: L4Proxy itself listens there, connections would loop");
        }
    }

    private static IPEndPoint EndPoint(EndpointCandidate candidate) => new(candidate.Address, candidate.Port);

    private bool IsHere(EndpointCandidate candidate) => IPAddress.IsLoopback(candidate.Address) || _addresses.Contains(candidate.Address);
}
