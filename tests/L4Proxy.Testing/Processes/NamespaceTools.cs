using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.Testing.Processes;

/// <summary>The host's own tools, run inside a network namespace. Keeps what was run.</summary>
public sealed class NamespaceTools(NetworkNamespace space) : IHostTools
{
    private readonly HostTools _tools = new();

    /// <summary>Commands run since the list was last cleared, with their arguments.</summary>
    public List<string> Calls { get; } = [];

    public bool Exists(string tool) => _tools.Exists(tool);

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
    {
        Calls.Add($"{tool} {string.Join(' ', arguments)}");
        return _tools.RunAsync("ip", Inside(tool, arguments), input, timeout, cancellation);
    }

    public IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        _tools.FollowAsync("ip", Inside(tool, arguments), cancellation);

    private string[] Inside(string tool, IReadOnlyList<string> arguments) => ["netns", "exec", space.Name, tool, .. arguments];
}
