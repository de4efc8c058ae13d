namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Doubles the time between attempts that fail. Not safe for threads.</summary>
internal sealed class PluginBackoff(TimeProvider clock)
{
    // A plugin that fails asks a service or a person behind it; one attempt a minute tires neither.
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    private TimeSpan _wait;
    private long _since;

    public bool IsOver => _wait == TimeSpan.Zero || clock.GetElapsedTime(_since) >= _wait;

    public void Fail()
    {
        _since = clock.GetTimestamp();
        _wait = _wait == TimeSpan.Zero ? s_first : _wait * 2 < s_longest ? _wait * 2 : s_longest;
    }

    public void Reset() => _wait = TimeSpan.Zero;
}
