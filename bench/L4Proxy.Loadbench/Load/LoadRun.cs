using System.Diagnostics;

namespace L4Proxy.Loadbench.Load;

/// <summary>What the threads of a run share: the plan, and the phase that one other thread moves on.</summary>
internal sealed class LoadRun(LoadPlan plan)
{
    private volatile LoadPhase _phase;

    public LoadPlan Plan { get; } = plan;

    public LoadPhase Phase => _phase;

    public bool IsCounting => _phase == LoadPhase.Counting;

    /// <summary>When the schedule of a rate begins, as a timestamp of the clock; valid after <see cref="LoadPhase.Opening"/>.</summary>
    public long Origin { get; private set; }

    /// <summary>From when and until when counting went on; valid when it is over.</summary>
    public long CountedFrom { get; private set; }

    public long CountedTo { get; private set; }

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

    /// <summary>Ends the run; the first call counts.</summary>
    public void End()
    {
        if (_phase != LoadPhase.Over)
        {
            CountedTo = Stopwatch.GetTimestamp();
            _phase = LoadPhase.Over;
        }
    }
}
