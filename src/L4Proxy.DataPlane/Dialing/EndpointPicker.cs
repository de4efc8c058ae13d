using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>
/// Chooses the distinct endpoints that are dialled for one client, from the snapshot in force at each choice: the
/// affinity pin, else an ejected endpoint that is due for a trial, else the policy's choice among the available,
/// else whatever eligible endpoint is left; all of them in the client's scope and family. Allocates nothing after construction.
/// </summary>
internal sealed class EndpointPicker
{
    private readonly TriedEndpoints _tried = new();
    private ServiceState? _service;
    private UInt128 _client;
    private bool _isIPv4;
    private EndpointScope _scope;
    private EndpointState? _pinned;
    private AffinityTable? _pinnedIn;

    public void Begin(ServiceState service, in ClientAddress client, EndpointScope scope)
    {
        _service = service;
        _client = client.Address;
        _isIPv4 = client.IsIPv4;
        _scope = scope;
    }

    /// <summary>An endpoint that was not chosen yet; null when there is none.</summary>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    /// <param name="beside">Whether another attempt is under way, so that this one is a hedge.</param>
    /// <param name="trialHoldMs">How long a trial may take before another client may be given one.</param>
    /// <param name="isTrial">Whether the endpoint is ejected and this client tries it.</param>
    public EndpointState? Pick(long nowMs, bool beside, long trialHoldMs, out bool isTrial)
    {
        BoundService bound = _service!.Current;
        EndpointState? choice = bound.Affinity is null
            ? Choose(bound, nowMs, trialHoldMs, out isTrial)
            : ChoosePinned(bound, bound.Affinity, nowMs, beside, trialHoldMs, out isTrial);
        if (choice is not null)
        {
            _tried.Add(choice);
        }

        return choice;
    }

    /// <summary>Whether an endpoint that was chosen may still have the client: it is listed, or connections may stay when it leaves.</summary>
    public bool Accepts(EndpointState endpoint)
    {
        BoundService bound = _service!.Current;
        return endpoint.IsEligibleIn(EndpointsIn(bound).Clients) || bound.Entry.Options.OnEndpointLeave == EndpointLeaveAction.Keep;
    }

    /// <summary>Whether <see cref="Pick"/> would find an endpoint.</summary>
    public bool HasNext() => NextUntried(EndpointsIn(_service!.Current).Eligible, from: 0) is not null;

    /// <summary>The endpoint answered: its failures are forgotten and the client's pin leads there.</summary>
    public void Succeeded(EndpointState endpoint, long nowMs)
    {
        PassiveEjection.Succeeded(_service!, endpoint);
        AffinityTable? affinity = _service!.Current.Affinity;
        if (affinity is not null && !(ReferenceEquals(_pinned, endpoint) && ReferenceEquals(_pinnedIn, affinity)))
        {
            affinity.Set(_client, endpoint, nowMs);
        }
    }

    /// <summary>The endpoint failed by its own fault: that counts towards ejection, and a pin to it is dropped.</summary>
    public void Failed(EndpointState endpoint, bool timeout, bool isTrial, long nowMs)
    {
        PassiveEjection.Failed(_service!, endpoint, timeout, isTrial, nowMs);
        _service!.Current.Affinity?.Drop(_client, endpoint);
    }

    /// <summary>Forgets the client, so that a picker at rest keeps nothing alive.</summary>
    public void End()
    {
        _service = null;
        _pinned = null;
        _pinnedIn = null;
        _tried.Clear();
    }

    private EndpointState? ChoosePinned(
        BoundService bound, AffinityTable affinity, long nowMs, bool beside, long trialHoldMs, out bool isTrial)
    {
        isTrial = false;
        long timeoutMs = bound.AffinityTimeoutMs;
        EndpointState? pin = affinity.Find(_client, nowMs, timeoutMs);
        if (pin is not null && MayUse(bound, pin))
        {
            (_pinned, _pinnedIn) = (pin, affinity);
            return pin;
        }

        EndpointState? choice = Choose(bound, nowMs, trialHoldMs, out isTrial);
        if (choice is null || beside)
        {
            // The pin moves to a hedge's endpoint only when that answers first.
            return choice;
        }

        EndpointState holds = affinity.Pin(_client, choice, replaced: pin, nowMs, timeoutMs);
        (_pinned, _pinnedIn) = (holds, affinity);
        if (ReferenceEquals(holds, choice) || !MayUse(bound, holds))
        {
            return choice;
        }

        // Another connection of the same client was faster. A trial claimed for this one waits for the next client.
        isTrial = false;
        return holds;
    }

    private EndpointState? Choose(BoundService bound, long nowMs, long trialHoldMs, out bool isTrial)
    {
        // Only a client's first attempt is a trial: then it has all its other chances left.
        EndpointState? trial = _tried.Count == 0 ? PassiveEjection.ClaimTrial(_service!, _scope, _isIPv4, nowMs, trialHoldMs) : null;
        isTrial = trial is not null;
        return trial ?? ChooseByPolicy(bound);
    }

    private EndpointState? ChooseByPolicy(BoundService bound)
    {
        ScopedEndpoints endpoints = EndpointsIn(bound);
        EndpointState[] members = endpoints.Pool.Members;
        if (members.Length == 0)
        {
            return null;
        }

        int choice = bound.Policy.Pick(endpoints.Pool, _client, _tried.Count);
        return NextUntried(members, choice) ?? LastResort(endpoints.Eligible);
    }

    /// <summary>
    /// All available endpoints were tried: one that is ejected, or unhealthy, may still serve the client. Starts
    /// anywhere, so that no dead endpoint stands before a living one for every client.
    /// </summary>
    private EndpointState? LastResort(EndpointState[] eligible) => NextUntried(eligible, Random.Shared.Next(eligible.Length));

    private EndpointState? NextUntried(EndpointState[] endpoints, int from)
    {
        for (int i = 0; i < endpoints.Length; i++)
        {
            int index = from + i;
            EndpointState endpoint = endpoints[index < endpoints.Length ? index : index - endpoints.Length];
            if (!_tried.Contains(endpoint))
            {
                return endpoint;
            }
        }

        return null;
    }

    private ScopedEndpoints EndpointsIn(BoundService bound) => bound.In(_scope, _isIPv4);

    private bool MayUse(BoundService bound, EndpointState endpoint) => EndpointsIn(bound).Pool.Allows(endpoint) && !_tried.Contains(endpoint);
}
