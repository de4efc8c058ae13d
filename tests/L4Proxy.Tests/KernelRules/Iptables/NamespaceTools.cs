using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing.Processes;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>The host's tools inside a network namespace, with a lock of iptables that is the test's own.</summary>
internal sealed class NamespaceTools(NetworkNamespace space, string lockFile) : IHostTools
{
    private readonly HostTools _tools = new();

    public bool Exists(string tool) => _tools.Exists(tool);

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
        _tools.RunAsync(space.Prefix[0], Inside(tool, arguments), input, timeout, cancellation);

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        _tools.FollowAsync(space.Prefix[0], Inside(tool, arguments), cancellation);

    private List<string> Inside(string tool, IReadOnlyList<string> arguments) =>
        [.. space.Prefix.Skip(1), "env", $"XTABLES_LOCKFILE={lockFile}", tool, .. arguments];
}
