using BenchmarkDotNet.Attributes;
using L4Proxy.DataPlane.Engines.Linux;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>The timers of an event loop with 10,000 connections.</summary>
public class TimerBenchmarks
{
    private const int Timers = 10_000;

    /// <summary>Each timer is due once in ten seconds, so that one is due in each millisecond.</summary>
    private const int PeriodMs = Timers;

    private readonly TimerWheel _wheel = new(nowMs: 0);
    private readonly Periodic _moved;
    private long _nowMs;

    public TimerBenchmarks()
    {
        for (int i = 1; i <= Timers; i++)
        {
            _wheel.Arm(new Periodic(_wheel, PeriodMs), i);
        }

        _moved = new Periodic(_wheel, PeriodMs);
    }

    /// <summary>A timer is put off, as by each exchange on a connection with an idle timeout.</summary>
    [Benchmark]
    public void Arm() => _wheel.Arm(_moved, _nowMs + PeriodMs);

    /// <summary>A millisecond passes, in which one timer is due and armed again.</summary>
    [Benchmark]
    public int Advance()
    {
        _nowMs++;
        _wheel.Advance(_nowMs);
        return _wheel.WaitMs(_nowMs);
    }

    private sealed class Periodic(TimerWheel wheel, long periodMs) : TimerNode
    {
        internal override void Expire(long nowMs) => wheel.Arm(this, nowMs + periodMs);
    }
}
