using System.Collections.Concurrent;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

/// <summary>Many loops dial for one Service while its endpoints come, go, fail and recover.</summary>
public sealed class DialSessionStressTests
{
    private const int Loops = 4;
    private const int DialsPerLoop = 5000;

    private readonly ConcurrentDictionary<EndpointState, bool> _seen = new();
    private readonly ServiceState _service = new(Entry(0), counterSlots: 1);
    private long _nowMs;
    private long _connected;

    private static ServiceEntry Entry(int version)
    {
        ServiceOptions options = new()
        {
            Balance = (BalanceMethod)(version % 4),
            Affinity = new AffinityOptions { Kind = (AffinityKind)(version / 4 % 2), MaxEntries = 50 },
            HealthCheck = new HealthCheckOptions { Enabled = true },
            Ejection = new EjectionOptions { BaseTime = TimeSpan.FromMilliseconds(50), MaxTime = TimeSpan.FromMilliseconds(400) },
        };
        return Sample.Entry(options, Enumerable.Range(version % 5, 6).Select(i => Sample.Endpoint(i, 1 + (version % 3 * i))));
    }

    [Fact]
    public async Task Dials_OnManyLoopsWhileAllChanges_LeaveNothingAcquired()
    {
        Task loops = Task.WhenAll(Enumerable.Range(0, Loops).Select(seed => Task.Run(() => RunLoop(new Random(seed)))));
        Task changes = Task.Run(() =>
        {
            for (int version = 1; !loops.IsCompleted; version++)
            {
                _service.Rebind(Entry(version));
                _service.SetHealthy(_service.Endpoints[version % 6], healthy: version % 3 != 0);
                CheckLimits();
            }
        });
        await Task.WhenAll(loops, changes);

        Assert.All(_seen.Keys, e => Assert.Equal(0, e.Active));
        Assert.Equal(Volatile.Read(ref _connected), _seen.Keys.Sum(e => e.Connections));
        Assert.True(_seen.Keys.Sum(e => e.Ejections) > 0, "the run ejected somebody");
    }

    private void CheckLimits()
    {
        lock (_service.Gate)
        {
            EndpointState[] eligible = _service.Current.Cluster.Eligible;
            Assert.InRange(eligible.Count(e => e.Ejected), 0, eligible.Length / 2);
            Assert.Equal(_service.Current.Cluster.Pool.Members, eligible.Where(_service.Current.Cluster.Pool.Allows));
        }
    }

    private void RunLoop(Random random)
    {
        DialSession session = new();
        for (int i = 0; i < DialsPerLoop; i++)
        {
            session.Begin(_service, Sample.Client(random.Next(100)), EndpointScope.Cluster, Volatile.Read(ref _nowMs));
            if (Dial(session, random) is { } winner)
            {
                Interlocked.Increment(ref _connected);
                winner.Release();
            }
        }
    }

    private EndpointState? Dial(DialSession session, Random random)
    {
        EndpointState?[] dialling = new EndpointState?[DialSession.Slots];
        while (true)
        {
            long now = Interlocked.Add(ref _nowMs, random.Next(3));
            DialStep step = session.Next(now);
            switch (step.Kind)
            {
                case DialStepKind.Start:
                    dialling[step.Slot] = step.Endpoint;
                    _seen.TryAdd(step.Endpoint!, true);
                    break;
                case DialStepKind.Abandon:
                    dialling[step.Slot] = null;
                    break;
                case DialStepKind.Fail:
                    return null;
                default:
                    int slot = dialling[1] is null || (dialling[0] is not null && random.Next(2) == 0) ? 0 : 1;

                    // Endpoints of even number mostly fail: some by refusing, some by silence until a hedge wins.
                    bool bad = dialling[slot]!.Index() % 2 == 0 && random.Next(10) > 0;
                    if (!bad)
                    {
                        return session.Connected(slot, now);
                    }

                    if (random.Next(4) == 0)
                    {
                        _ = Interlocked.Add(ref _nowMs, 100);
                    }
                    else
                    {
                        session.Failed(slot, DialError.Refused, now);
                        dialling[slot] = null;
                    }

                    break;
            }
        }
    }
}
