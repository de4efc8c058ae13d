using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Load;

/// <summary>What one thread of a run counted. Not for several threads at a time.</summary>
internal sealed class LoadCounters
{
    private static readonly LoadError[] s_errors = Enum.GetValues<LoadError>();

    private readonly long[] _errors = new long[s_errors.Length];

    public long Operations { get; set; }

    public long BytesSent { get; set; }

    public long BytesReceived { get; set; }

    public long Late { get; set; }

    public long AllocatedBytes { get; set; }

    public LatencyHistogram Service { get; } = new();

    public LatencyHistogram Response { get; } = new();

    public LatencyHistogram FirstByte { get; } = new();

    public ImmutableDictionary<LoadError, long> Errors =>
        s_errors.Where(e => _errors[(int)e] > 0).ToImmutableDictionary(e => e, e => _errors[(int)e]);

    public void CountError(LoadError error) => _errors[(int)error]++;

    public void Add(LoadCounters other)
    {
        Operations += other.Operations;
        BytesSent += other.BytesSent;
        BytesReceived += other.BytesReceived;
        Late += other.Late;
        AllocatedBytes += other.AllocatedBytes;
        Service.Add(other.Service);
        Response.Add(other.Response);
        FirstByte.Add(other.FirstByte);
        foreach (LoadError error in s_errors)
        {
            _errors[(int)error] += other._errors[(int)error];
        }
    }
}
