using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>A host without any tool.</summary>
internal sealed class NoTools : IHostTools
{
    public bool Exists(string tool) => false;

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
        throw new RulesException($"{tool}: not found");

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        throw new RulesException($"{tool}: not found");
}
