namespace L4Proxy.DataPlane.Health;

/// <summary>Turns single check results into healthy or not: only enough results in a row that speak against it change it.</summary>
internal sealed class HealthVerdict
{
    private int _against;

    /// <summary>True until checks have failed.</summary>
    public bool Healthy { get; private set; } = true;

    /// <summary>Counts a result; true when it changed <see cref="Healthy"/>.</summary>
    /// <param name="passed">The result.</param>
    /// <param name="rise">Successes in a row that make it healthy.</param>
    /// <param name="fall">Failures in a row that make it unhealthy.</param>
    public bool Count(bool passed, int rise, int fall)
    {
        _against = passed == Healthy ? 0 : _against + 1;
        if (_against == 0 || _against < (passed ? rise : fall))
        {
            return false;
        }

        Healthy = passed;
        _against = 0;
        return true;
    }
}
