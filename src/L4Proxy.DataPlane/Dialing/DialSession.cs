using System.Diagnostics;
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
/// silent for the hedge delay at least, counts against its endpoint. One that was started later, or that the client's
/// end or the proxy's own want of ports, descriptors or memory cut short, does not.</para>
/// </remarks>
internal sealed class DialSession
{
    /// <summary>Attempts under way at once.</summary>
    public const int Slots = 2;

    private readonly EndpointPicker _picker = new();
    private readonly DialAttempt[] _attempts = new DialAttempt[Slots];
    private DialTimes _times;
    private int _maxEndpoints;
    private long _deadlineMs;
    private long _lastStartMs;
    private bool _isActive;
    private bool _moveOn;
    private DialOutcomes _outcomes;
    private CloseReason _failure;

    /// <summary>Attempts started so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Starts a search. The dial options of the service's snapshot at this moment hold for the whole search.</summary>
    /// <param name="service">The Service port.</param>
    /// <param name="client">Who is to be served; of a Service of two worlds it gets the endpoints of its own family.</param>
    /// <param name="scope">The endpoints that this client may get.</param>
    /// <param name="nowMs">Monotonic milliseconds.</param>
    public void Begin(ServiceState service, in ClientAddress client, EndpointScope scope, long nowMs)
    {
        Debug.Assert(!_isActive, "the previous search has not ended");
        DialOptions options = service.Entry.Options.Dial;
        _picker.Begin(service, client, scope);
        _times = new DialTimes(options);
        _maxEndpoints = Math.Clamp(options.MaxEndpoints, 1, TriedEndpoints.Capacity);
        _deadlineMs = nowMs + _times.TotalMs;
        _isActive = true;
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
        if (!_isActive)
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

        if (MayStart(nowMs) && _picker.Pick(nowMs, beside: Live > 0, _times.AttemptMs, out bool isTrial) is { } endpoint)
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
            case DialError.EndpointLeft:
                break;
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
    /// Whether the endpoint of an attempt that connected may still have the client. One that left meanwhile may not
    /// when its connections are to end, since they have been ended already: the engine closes the socket and reports
    /// <see cref="DialError.EndpointLeft"/>. Where they may stay, the client's connection counts from its first dial.
    /// </summary>
    public bool Accepts(int slot) => _picker.Accepts(EndpointIn(slot));

    /// <summary>What is being dialled in a slot that is in use.</summary>
    public EndpointState EndpointIn(int slot) => _attempts[slot].Endpoint!;

    /// <summary>
    /// The attempt in a slot connected and wins: the session is over. The other slot's attempt, if any, is
    /// accounted for and the engine closes its socket. The winner stays acquired: the engine releases it
    /// (<c>EndpointState.Release</c>) when the connection ends.
    /// </summary>
    public EndpointState Connected(int slot, long nowMs)
    {
        DialAttempt winner = _attempts[slot];
        DialAttempt loser = _attempts[1 - slot];
        EndpointState endpoint = winner.Endpoint!;
        if (loser.Endpoint is not null)
        {
            if (loser.Order < winner.Order)
            {
                BlameSilence(loser, nowMs);
            }

            Free(1 - slot);
        }

        endpoint.CountConnection();
        _picker.Succeeded(endpoint, nowMs);
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

    private bool MayTryMore => Attempts < _maxEndpoints && !Saw(DialOutcomes.NoResources);

    // Enum.HasFlag boxes until the method is optimised.
    private bool Saw(DialOutcomes outcome) => (_outcomes & outcome) != DialOutcomes.None;

    private bool MayStart(long nowMs) => MayTryMore && nowMs < _deadlineMs && Live switch
    {
        0 => true,
        1 => _times.Hedges && (_moveOn || nowMs >= _lastStartMs + _times.HedgeMs),
        _ => false,
    };

    private long EndOf(in DialAttempt attempt) =>
        attempt.Endpoint is null ? DialTimes.Never : Math.Min(attempt.StartedMs + _times.AttemptMs, _deadlineMs);

    private long WaitUntil()
    {
        long until = Math.Min(EndOf(_attempts[0]), EndOf(_attempts[1]));
        bool mayHedge = Live == 1 && _times.Hedges && MayTryMore && _picker.HasNext();
        return mayHedge ? Math.Min(until, _lastStartMs + _times.HedgeMs) : until;
    }

    private DialStep Start(EndpointState endpoint, bool isTrial, long nowMs)
    {
        int slot = _attempts[0].Endpoint is null ? 0 : 1;
        endpoint.Acquire();
        _attempts[slot] = new DialAttempt(endpoint, Attempts, nowMs, isTrial);
        _lastStartMs = nowMs;
        _moveOn = false;
        Attempts++;
        return new DialStep(DialStepKind.Start, slot, endpoint);
    }

    private void TimeOut(int slot, long nowMs)
    {
        _outcomes |= DialOutcomes.Silent;
        BlameSilence(_attempts[slot], nowMs);
        Free(slot);
    }

    /// <summary>Only if the endpoint had a fair chance: it may have been dialled just before the search ended.</summary>
    private void BlameSilence(in DialAttempt attempt, long nowMs)
    {
        if (nowMs - attempt.StartedMs >= _times.PatienceMs)
        {
            Blame(attempt, timeout: true, nowMs);
        }
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

        _picker.Failed(endpoint, timeout, attempt.IsTrial, nowMs);
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
            DialOutcomes.None => _picker.HasNext() ? CloseReason.ConnectTimeout : CloseReason.NoEndpoint,
            _ when Saw(DialOutcomes.NoResources) => CloseReason.ResourceExhausted,
            _ when Saw(DialOutcomes.Refused) => CloseReason.ConnectFailed,
            _ when Saw(DialOutcomes.Silent) => CloseReason.ConnectTimeout,
            _ => CloseReason.ResourceExhausted,
        };
        End();
        return new DialStep(DialStepKind.Fail, Reason: _failure);
    }

    private void End()
    {
        _isActive = false;
        _picker.End();
        _attempts.AsSpan().Clear();
    }
}
