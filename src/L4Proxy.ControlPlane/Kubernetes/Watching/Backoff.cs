namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// How long to wait after failures in a row: exponential with full jitter, so that many clients of a server that comes
/// back do not come together.
/// </summary>
internal sealed class Backoff(Random random)
{
    /// <summary>Base and cap of client-go's reflector are 0.8 s and 30 s; full jitter halves the mean.</summary>
    public static readonly TimeSpan Base = TimeSpan.FromMilliseconds(500);

    public static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);

    // 500 ms doubled this often is over the cap.
    private const int MaxDoublings = 6;

    /// <summary>A wait of zero to the limit for this number of failures.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    public TimeSpan Next(int failures)
    {
        TimeSpan limit = Base * (1 << Math.Clamp(failures - 1, 0, MaxDoublings));
        return (limit < Cap ? limit : Cap) * random.NextDouble();
    }
}
