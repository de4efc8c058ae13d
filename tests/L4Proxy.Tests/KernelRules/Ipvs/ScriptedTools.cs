using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>A host with every tool, each of which says what the test does.</summary>
/// <param name="say">The answer to a tool's name and its input.</param>
internal sealed class ScriptedTools(Func<string, string?, ToolResult> say) : IHostTools
{
    public bool Exists(string tool) => true;

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
        Task.FromResult(say(tool, input));

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        throw new RulesException($"{tool}: not found");
}
