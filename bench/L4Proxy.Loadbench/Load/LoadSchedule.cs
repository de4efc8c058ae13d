namespace L4Proxy.Loadbench.Load;

/// <summary>
/// When the operations of an open model are to start: evenly spaced, or ever closer or wider where the rate goes up or down. Of several
/// threads each takes every so manieth, so that all together are evenly spaced.
/// </summary>
internal sealed class LoadSchedule
{
    private readonly double _rate;
    private readonly double _growth;
    private readonly double _steadySeconds;
    private readonly int _step;
    private long _number;

    /// <param name="plan">With a rate.</param>
    /// <param name="part">Number of the thread, from 0 on.</param>
    /// <param name="parts">Number of threads.</param>
    public LoadSchedule(LoadPlan plan, int part, int parts)
    {
        _rate = plan.Rate!.Value;
        _steadySeconds = plan.RampTo is null ? double.PositiveInfinity : plan.WarmUp.TotalSeconds;
        _growth = ((plan.RampTo ?? _rate) - _rate) / plan.Duration.TotalSeconds;
        _number = part;
        _step = parts;
        Next = SecondsOf(_number);
    }

    /// <summary>The next start in seconds after the begin; infinite when none follows.</summary>
    public double Next { get; private set; }

    public void Advance() => Next = SecondsOf(_number += _step);

    private double SecondsOf(long number)
    {
        double steady = number / _rate;
        if (steady <= _steadySeconds || _growth == 0)
        {
            return steady;
        }

        // n = rate t + growth t^2 / 2, solved for t; a rate that falls to nothing ends.
        double ramped = number - (_rate * _steadySeconds);
        double root = (_rate * _rate) + (2 * _growth * ramped);
        return root < 0 ? double.PositiveInfinity : _steadySeconds + (2 * ramped / (_rate + Math.Sqrt(root)));
    }
}
