using System.Diagnostics;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.RulesBench;

/// <summary>The host's tools, with the time that they take: what is left of an application is L4Proxy's own.</summary>
internal sealed class TimedTools : IHostTools
{
    private readonly HostTools _tools = new();

    /// <summary>Wall time in tools since the last reset.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Lines written to tools since the last reset.</summary>
    public int Lines { get; private set; }

    public void Reset() => (Elapsed, Lines) = (TimeSpan.Zero, 0);

    public bool Exists(string tool) => _tools.Exists(tool);

    public async Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return await _tools.RunAsync(tool, arguments, input, timeout, cancellation);
        }
        finally
        {
            Elapsed += Stopwatch.GetElapsedTime(start);
            Lines += input?.AsSpan().Count('\n') ?? 0;
        }
    }

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        _tools.FollowAsync(tool, arguments, cancellation);
}
