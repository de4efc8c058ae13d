using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>The host's tools, run inside a network namespace.</summary>
internal sealed class NamespaceTools(NetworkNamespace space) : IHostTools
{
    private readonly HostTools _host = new();

    public bool Exists(string tool) => _host.Exists(tool);

    public Task<ToolResult> RunAsync(string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation) =>
        _host.RunAsync(space.Prefix[0], [.. space.Prefix.Skip(1), tool, .. arguments], input, timeout, cancellation);

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        _host.FollowAsync(space.Prefix[0], [.. space.Prefix.Skip(1), tool, .. arguments], cancellation);
}
