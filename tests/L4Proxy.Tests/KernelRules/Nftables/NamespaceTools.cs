using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.Testing.Processes;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>The tools of this host, run inside of a network namespace.</summary>
internal sealed class NamespaceTools(NetworkNamespace space) : IHostTools
{
    private readonly HostTools _tools = new();

    /// <summary>How often each tool was run, by its command line.</summary>
    public List<string> Runs { get; } = [];

    public List<string?> Inputs { get; } = [];

    public bool Exists(string tool) => _tools.Exists(tool);

    public Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation)
    {
        Runs.Add($"{tool} {string.Join(' ', arguments)}");
        Inputs.Add(input);
        return _tools.RunAsync("ip", [.. space.Prefix.Skip(1), tool, .. arguments], input, timeout, cancellation);
    }

    public async IAsyncEnumerable<string> FollowAsync(
        string tool, IReadOnlyList<string> arguments, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (string line in _tools.FollowAsync("ip", [.. space.Prefix.Skip(1), tool, .. arguments], cancellation))
        {
            yield return line;
        }
    }
}
