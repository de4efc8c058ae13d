using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>Tools of a host where another program may have the lock that tools of the legacy variant share; their wait for it takes no time.</summary>
internal sealed class HeldLockTools(IHostTools tools) : IHostTools
{
    private static readonly ToolResult s_refusal = new(
        4, "", "Another app is currently holding the xtables lock. Perhaps you want to use the -w option?\n");

    public bool IsHeld { get; set; } = true;

    public bool Exists(string tool) => tools.Exists(tool);

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
        IsHeld && tool.EndsWith("legacy-restore", StringComparison.Ordinal)
            ? Task.FromResult(s_refusal)
            : tools.RunAsync(tool, arguments, input, timeout, cancellation);

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        tools.FollowAsync(tool, arguments, cancellation);
}
