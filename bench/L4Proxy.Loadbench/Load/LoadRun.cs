using System.Diagnostics;

namespace L4Proxy.Loadbench.Load;

/// <summary>What the threads of a run share: the plan, and the phase that one other thread moves on.</summary>
internal sealed class LoadRun(LoadPlan plan)
{
    private volatile LoadPhase _phase;

    /// <summary>Apart from the phase: whoever gives up is not the one who moves that on.</summary>
    private volatile bool _givenUp;

    public LoadPlan Plan { get; } = plan;

    public LoadPhase Phase => _givenUp ? LoadPhase.Over : _phase;

    public bool IsCounting => _phase == LoadPhase.Counting;

    /// <summary>Whether connections are opened and operations started.</summary>
    public bool MayBegin => _phase < LoadPhase.Draining;

    /// <summary>Whether the fate of an operation is told: those that are under way at the end of the time that counts are followed.</summary>
    public bool IsTold => _phase >= LoadPhase.Counting;

    /// <summary>When the schedule of a rate begins, as a timestamp of the clock; valid after <see cref="LoadPhase.Opening"/>.</summary>
    public long Origin { get; private set; }

    /// <summary>From when and until when counting went on; valid when it is over.</summary>
    public long CountedFrom { get; private set; }

    public long CountedTo { get; private set; }

    /// <summary>Until when what is under way at the end is waited for; valid when counting is over.</summary>
    public long WaitsTo { get; private set; }

    public void WarmUp()
    {
        Origin = Stopwatch.GetTimestamp();
        _phase = LoadPhase.WarmUp;
    }

    public void Count()
    {
        CountedFrom = Stopwatch.GetTimestamp();
        _phase = LoadPhase.Counting;
    }

    public void Drain()
    {
        CountedTo = Stopwatch.GetTimestamp();
        WaitsTo = CountedTo + Clock.Of(Plan.Grace);
        _phase = LoadPhase.Draining;
    }

    public void Close() => _phase = LoadPhase.Closing;

    /// <summary>Has the threads end at once; any thread may call it at any time.</summary>
    public void GiveUp() => _givenUp = true;
}
