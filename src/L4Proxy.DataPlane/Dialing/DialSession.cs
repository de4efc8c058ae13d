using System.Diagnostics;
using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Dialing;

/// <summary>
/// One client's search for an endpoint, as a pure state machine: no socket, no clock, no allocation after
/// construction. The engine asks <see cref="Next"/> what to do until it says wait or fail, does it, and reports
/// what came of it. Reusable after its end. Used by one thread at a time.
/// </summary>
/// <remarks>
/// <para>Attempts go to distinct endpoints, at most two at once: the second when the first has been silent for the hedge
/// delay. A failed attempt is followed by the next at once. Time passed in never goes backwards; <see cref="Next"/>
/// may be called at any time, and must be called once the time of its last wait has come.</para>
/// <para>Blame: an attempt that failed, had its attempt timeout pass, or was started before the one that won and
/// still silent, counts against its endpoint. One that was started later, or that the client's end or the proxy's
/// own want of ports, descriptors or memory cut short, does not.</para>
/// </remarks>
internal sealed class DialSession
{
    /// <summary>Attempts under way at once.</summary>
    public const int Slots = 2;

    // Far enough away, and still safe to add to a time.
    private const long Never = long.MaxValue / 2;

    private readonly DialAttempt[] _attempts = new DialAttempt[Slots];
    private ServiceState? _service;
    private UInt128 _client;
    private readonly TriedEndpoints _tried = new();
    private EndpointState? _pinned;
    private long _attemptMs;
    private long _hedgeMs;
    private long _patienceMs;
    private int _maxEndpoints;
    private long _deadlineMs;
    private long _lastStartMs;
    private bool _moveOn;
    private DialOutcomes _outcomes;
    private CloseReason _failure;

    /// <summary>Attempts started so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Starts a search. The dial options of the service's snapshot at this moment hold for the whole search.</summary>
    public void Begin(ServiceState service, in ClientAddress client, long nowMs)
    {
        Debug.Assert(_service is null, "the previous search has not ended");
        DialOptions options = service.Entry.Options.Dial;
        long totalMs = Milliseconds(options.TotalTimeout);
        _service = service;
        _client = client.Address;
        _attemptMs = Milliseconds(options.AttemptTimeout);
        _hedgeMs = options.HedgeDelay > TimeSpan.Zero ? Milliseconds(options.HedgeDelay) : Never;
        _patienceMs = Math.Min(_attemptMs, Math.Min(_hedgeMs, totalMs));
        _maxEndpoints = Math.Clamp(options.MaxEndpoints, 1, TriedEndpoints.Capacity);
        _deadlineMs = nowMs + totalMs;
        _moveOn = false;
        _outcomes = DialOutcomes.None;
        _failure = CloseReason.None;
        Attempts = 0;
    }

    /// <summary>
    /// What to do now. Each Start acquires its endpoint; whatever ends the attempt releases it. After Fail the
    /// search is over, and asking again gives the same answer.
    /// </summary>
    public DialStep Next(long nowMs)
    {
        if (_service is null)
        {
            Debug.Assert(_failure != CloseReason.None, "the search was won or given up, or has not begun");
            return new DialStep(DialStepKind.Fail, Reason: _failure);
        }

        for (int slot = 0; slot < Slots; slot++)
        {
            if (nowMs >= EndOf(_attempts[slot]))
            {
                TimeOut(slot, nowMs);
                return new DialStep(DialStepKind.Abandon, slot);
            }
        }

        if (MayStart(nowMs) && Pick(nowMs, out bool isTrial) is { } endpoint)
        {
            return Start(endpoint, isTrial, nowMs);
        }

        return Live == 0 ? Fail() : new DialStep(DialStepKind.Wait, UntilMs: WaitUntil());
    }

    /// <summary>The attempt in a slot failed; its socket is closed. Ask <see cref="Next"/> again.</summary>
    public void Failed(int slot, DialError error, long nowMs)
    {
        DialAttempt attempt = _attempts[slot];
        switch (error)
        {
            case DialError.NoLocalPort:
                _outcomes |= DialOutcomes.NoLocalPort;
                break;
            case DialError.NoResources:
                _outcomes |= DialOutcomes.NoResources;
                break;
            case DialError.TimedOut:
                _outcomes |= DialOutcomes.Silent;
                Blame(attempt, timeout: true, nowMs);
                break;
            default:
                _outcomes |= DialOutcomes.Refused;
                Blame(attempt, timeout: false, nowMs);
                break;
        }

        _moveOn = true;
        Free(slot);
    }

    /// <summary>
    /// The attempt in a slot connected and wins: the session is over. The other slot's attempt, if any, is
    /// accounted for and the engine closes its socket. The winner stays acquired: the engine releases it
    /// (<c>EndpointState.Release</c>) when the connection ends.
    /// </summary>
    public EndpointState Connected(int slot, long nowMs)
    {
        ServiceState service = _service!;
        DialAttempt winner = _attempts[slot];
        DialAttempt loser = _attempts[1 - slot];
        EndpointState endpoint = winner.Endpoint!;
        if (loser.Endpoint is not null)
        {
            if (loser.Order < winner.Order)
            {
                Blame(loser, timeout: true, nowMs);
            }

            Free(1 - slot);
        }

        endpoint.CountConnection();
        PassiveEjection.Succeeded(service, endpoint);
        if (!ReferenceEquals(_pinned, endpoint))
        {
            service.Current.Affinity?.Set(_client, endpoint, nowMs);
        }

        End();
        return endpoint;
    }

    /// <summary>The client is gone or the proxy stops: whatever is under way is released without blame. The engine closes the sockets.</summary>
    public void Abort()
    {
        foreach (DialAttempt attempt in _attempts)
        {
            attempt.Endpoint?.Release();
        }

        End();
    }

    private int Live => (_attempts[0].Endpoint is null ? 0 : 1) + (_attempts[1].Endpoint is null ? 0 : 1);

    private bool MayTryMore => Attempts < _maxEndpoints && !_outcomes.HasFlag(DialOutcomes.NoResources);

    private static long Milliseconds(TimeSpan time) => Math.Max(1, time.Ticks / TimeSpan.TicksPerMillisecond);

    private bool MayStart(long nowMs) => MayTryMore && nowMs < _deadlineMs && Live switch
    {
        0 => true,
        1 => _hedgeMs != Never && (_moveOn || nowMs >= _lastStartMs + _hedgeMs),
        _ => false,
    };

    private long EndOf(in DialAttempt attempt) =>
        attempt.Endpoint is null ? Never : Math.Min(attempt.StartedMs + _attemptMs, _deadlineMs);

    private long WaitUntil()
    {
        long until = Math.Min(EndOf(_attempts[0]), EndOf(_attempts[1]));
        bool mayHedge = Live == 1 && _hedgeMs != Never && MayTryMore && EndpointPicker.HasUntried(_service!.Current, _tried);
        return mayHedge ? Math.Min(until, _lastStartMs + _hedgeMs) : until;
    }

    private EndpointState? Pick(long nowMs, out bool isTrial)
    {
        BoundService bound = _service!.Current;
        AffinityTable? affinity = bound.Affinity;
        isTrial = false;
        EndpointState? pin = affinity?.Find(_client, nowMs, bound.AffinityTimeoutMs);
        if (pin is not null && MayUse(bound, pin))
        {
            _pinned = pin;
            return pin;
        }

        // Only a client's first attempt is a trial: then it has all its other chances left.
        EndpointState? choice = Attempts == 0 ? PassiveEjection.ClaimTrial(_service, nowMs, _attemptMs) : null;
        isTrial = choice is not null;
        choice ??= EndpointPicker.Pick(bound, _client, _tried);
        if (choice is null || affinity is null || Live > 0)
        {
            // The pin moves to a hedge's endpoint only if that answers first.
            return choice;
        }

        _pinned = affinity.Pin(_client, choice, replaced: pin, nowMs, bound.AffinityTimeoutMs);
        if (ReferenceEquals(_pinned, choice) || !MayUse(bound, _pinned))
        {
            return choice;
        }

        isTrial = false;
        return _pinned;
    }

    private bool MayUse(BoundService bound, EndpointState endpoint) => bound.Pool.Allows(endpoint) && !_tried.Contains(endpoint);

    private DialStep Start(EndpointState endpoint, bool isTrial, long nowMs)
    {
        int slot = _attempts[0].Endpoint is null ? 0 : 1;
        endpoint.Acquire();
        _tried.Add(endpoint);
        _attempts[slot] = new DialAttempt(endpoint, Attempts, nowMs, isTrial);
        _lastStartMs = nowMs;
        _moveOn = false;
        Attempts++;
        return new DialStep(DialStepKind.Start, slot, endpoint);
    }

    private void TimeOut(int slot, long nowMs)
    {
        _outcomes |= DialOutcomes.Silent;
        DialAttempt attempt = _attempts[slot];
        if (nowMs - attempt.StartedMs >= _patienceMs)
        {
            // Else the client's time ran out before the endpoint had a fair chance.
            Blame(attempt, timeout: true, nowMs);
        }

        Free(slot);
    }

    private void Blame(in DialAttempt attempt, bool timeout, long nowMs)
    {
        EndpointState endpoint = attempt.Endpoint!;
        if (timeout)
        {
            endpoint.CountDialTimeout();
        }
        else
        {
            endpoint.CountDialFailure();
        }

        PassiveEjection.Failed(_service!, endpoint, timeout, attempt.IsTrial, nowMs);
        _service!.Current.Affinity?.Drop(_client, endpoint);
    }

    private void Free(int slot)
    {
        _attempts[slot].Endpoint!.Release();
        _attempts[slot] = default;
    }

    private DialStep Fail()
    {
        _failure = _outcomes switch
        {
            DialOutcomes.None => CloseReason.NoEndpoint,
            _ when _outcomes.HasFlag(DialOutcomes.NoResources) => CloseReason.ResourceExhausted,
            _ when _outcomes.HasFlag(DialOutcomes.Refused) => CloseReason.ConnectFailed,
            _ when _outcomes.HasFlag(DialOutcomes.Silent) => CloseReason.ConnectTimeout,
            _ => CloseReason.ResourceExhausted,
        };
        End();
        return new DialStep(DialStepKind.Fail, Reason: _failure);
    }

    private void End()
    {
        // A session at rest keeps nothing alive.
        _service = null;
        _pinned = null;
        _tried.Clear();
        _attempts.AsSpan().Clear();
    }
}
