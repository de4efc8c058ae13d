using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

/// <summary>An engine without sockets that drives one search after the other and checks every step.</summary>
internal sealed class DialHarness
{
    private readonly DialSession _session = new();
    private readonly EndpointState?[] _dialling = new EndpointState?[DialSession.Slots];
    private readonly HashSet<EndpointState> _tried = [];
    private readonly HashSet<EndpointState> _seen = [];
    private readonly ServiceState _service;
    private readonly DialOptions _dial;
    private long _now;
    private long _deadline;
    private long _lastStart;
    private int _starts;
    private int _ends;
    private bool _exhausted;
    private int _left;
    private bool _searching;
    private ClientAddress _client;
    private EndpointScope _scope;

    public DialHarness(int seed)
    {
        Random random = new(seed);
        _dial = new DialOptions
        {
            MaxEndpoints = random.Next(1, 5),
            AttemptTimeout = TimeSpan.FromMilliseconds(random.Next(50, 1000)),
            HedgeDelay = TimeSpan.FromMilliseconds(random.Next(3) * 70),
            TotalTimeout = TimeSpan.FromMilliseconds(random.Next(50, 3000)),
        };
        _service = new ServiceState(Entry(seed, random.Next(6)), counterSlots: 1);
    }

    private ScopedEndpoints Endpoints => _service.Current.In(_scope, _client.IsIPv4);

    private IEnumerable<EndpointState> Untried => Endpoints.Eligible.Where(e => !_tried.Contains(e));

    private bool MayTryMore => _now < _deadline && _tried.Count < _dial.MaxEndpoints && !_exhausted;

    private int Live => _dialling.Count(e => e is not null);

    public void Apply(DialEvent e)
    {
        _now += e.DelayMs;
        if (!_searching)
        {
            Begin(e.Number);
        }

        EndpointState? target = _dialling[e.Slot];
        switch (e.Kind)
        {
            case DialEventKind.Connect when target is not null:
                Connect(e.Slot, target);
                break;
            case DialEventKind.Fail when target is not null:
                _session.Failed(e.Slot, e.Error, _now);
                _exhausted |= e.Error == DialError.NoResources;
                _left += e.Error == DialError.EndpointLeft ? 1 : 0;
                _dialling[e.Slot] = null;
                _ends++;
                break;
            case DialEventKind.Abort:
                _session.Abort();
                _ends += Live;
                End();
                break;
            case DialEventKind.Rebind:
                _service.Rebind(Entry(e.Number, e.Number % 7));
                break;
            case DialEventKind.Health when _service.Endpoints.Count > 0:
                _service.SetHealthy(_service.Endpoints[e.Number % _service.Endpoints.Count], e.Number % 3 != 0);
                break;
        }

        CheckPool();
        _ = Drive();
        CheckBalance();
    }

    /// <summary>Nothing answers any more: the search ends by itself, and in time.</summary>
    public void Finish()
    {
        for (int i = 0; _searching; i++)
        {
            Assert.InRange(i, 0, 20);
            _now = Math.Max(_now, Drive());
            Assert.True(_now <= _deadline || !_searching);
        }

        CheckBalance();
        Assert.All(_seen, e => Assert.Equal(0, e.Active));
    }

    private ServiceEntry Entry(int seed, int endpoints)
    {
        Random random = new(seed);
        return Sample.Entry(
            new ServiceOptions
            {
                Balance = (BalanceMethod)random.Next(4),
                Affinity = new AffinityOptions { Kind = (AffinityKind)random.Next(2), MaxEntries = random.Next(1, 3) },
                HealthCheck = new HealthCheckOptions { Enabled = random.Next(2) == 0 },
                Ejection = new EjectionOptions { ConsecutiveFailures = random.Next(4), MaxPercent = random.Next(101) },
                Dial = _dial,
            },
            Enumerable.Range(0, 8).OrderBy(_ => random.Next()).Take(endpoints)
                .Select(i => (i % 2 == 0 ? Sample.Endpoint(i) : Sample.EndpointIPv6(i)) with
                {
                    Weight = random.Next(3),
                    Usable = random.Next(5) > 0,
                    UsableLocally = random.Next(3) == 0,
                }))
            with
        {
            SameFamily = random.Next(2) == 0,
            Frontends = [Sample.Frontend(fromOutside: (EndpointScope)random.Next(2))],
        };
    }

    private void Begin(int client)
    {
        _client = client / 8 % 2 == 0 ? Sample.Client(client % 4) : Sample.ClientIPv6(client % 4);
        _scope = (EndpointScope)(client / 4 % 2);
        _session.Begin(_service, _client, _scope, _now);
        _deadline = _now + (long)_dial.TotalTimeout.TotalMilliseconds;
        _exhausted = false;
        _left = 0;
        _searching = true;
        _ = Drive();
    }

    /// <summary>Does what the session says until it waits or ends; returns until when it waits.</summary>
    private long Drive()
    {
        while (_searching)
        {
            DialStep step = _session.Next(_now);
            switch (step.Kind)
            {
                case DialStepKind.Start:
                    Start(step);
                    break;
                case DialStepKind.Abandon:
                    Assert.NotNull(_dialling[step.Slot]);
                    _dialling[step.Slot] = null;
                    _ends++;
                    break;
                case DialStepKind.Wait:
                    CheckWait(step.UntilMs);
                    return step.UntilMs;
                default:
                    CheckFail(step.Reason);
                    End();
                    break;
            }
        }

        return _now;
    }

    private void Start(DialStep step)
    {
        EndpointState endpoint = step.Endpoint!;
        Assert.Null(_dialling[step.Slot]);
        Assert.True(MayTryMore);
        Assert.True(_tried.Add(endpoint), "an endpoint is tried once");
        Assert.Contains(endpoint, Endpoints.Eligible);
        Assert.True(!_service.Entry.SameFamily || endpoint.IsIPv4 == _client.IsIPv4, "families are two worlds");
        Assert.True(Live == 0 || _dial.HedgeDelay > TimeSpan.Zero, "two at once only with hedging");
        Assert.Equal(_tried.Count, _session.Attempts);
        _dialling[step.Slot] = endpoint;
        _seen.Add(endpoint);
        _lastStart = _now;
        _starts++;
    }

    private void Connect(int slot, EndpointState target)
    {
        Assert.Same(target, _session.Connected(slot, _now));
        _ends += Live;
        Assert.Equal(1, target.Active);
        Assert.True(target.IsClean);
        Assert.Same(target, _service.Current.Affinity?.Find(_client.Address, _now, long.MaxValue) ?? target);
        Assert.NotEqual(0, _service.Current.Affinity?.Count);
        target.Release();
        End();
    }

    private void End()
    {
        _searching = false;
        _tried.Clear();
        Array.Clear(_dialling);
    }

    private void CheckWait(long untilMs)
    {
        Assert.InRange(untilMs, _now + 1, _deadline);
        Assert.InRange(Live, 1, 2);
        if (Live == 1 && _dial.HedgeDelay > TimeSpan.Zero && MayTryMore && Untried.Any())
        {
            Assert.True(untilMs <= _lastStart + (long)_dial.HedgeDelay.TotalMilliseconds, "a hedge is due");
        }
    }

    private void CheckFail(CloseReason reason)
    {
        Assert.Equal(0, Live);
        Assert.False(MayTryMore && Untried.Any(), "a ready endpoint was left untried");
        Assert.Equal(reason == CloseReason.NoEndpoint, _tried.Count == _left && !Untried.Any());
        Assert.Equal(_session.Next(_now), new DialStep(DialStepKind.Fail, Reason: reason));
    }

    private void CheckBalance()
    {
        Assert.Equal(_starts - _ends, _seen.Sum(e => e.Active));
        Assert.All(_seen, e => Assert.Equal(_dialling.Contains(e) ? 1 : 0, e.Active));
    }

    private void CheckPool()
    {
        foreach (bool isIPv4 in (bool[])[true, false])
        {
            CheckPool(_service.Current.In(EndpointScope.Cluster, isIPv4), _ => true);
            if (_service.Current.Local is not null)
            {
                // Those that serve the cluster too are limited there.
                CheckPool(_service.Current.In(EndpointScope.Local, isIPv4), e => !e.IsEligibleIn(EndpointScopes.Cluster));
            }
        }
    }

    private void CheckPool(ScopedEndpoints endpoints, Func<EndpointState, bool> isLimited)
    {
        EndpointState[] eligible = endpoints.Eligible;
        EndpointPool pool = endpoints.Pool;
        Assert.Equal(eligible.Length == 0, pool.Members.Length == 0);
        Assert.Equal(pool.Members, eligible.Where(pool.Allows));
        Assert.All(eligible, e => Assert.True(e.IsEligibleIn(endpoints.Clients)));
        int limit = Math.Min(eligible.Length - 1, eligible.Length * _service.Entry.Options.Ejection.MaxPercent / 100);
        Assert.InRange(eligible.Count(e => e.Ejected && isLimited(e)), 0, Math.Max(0, limit));
    }
}
