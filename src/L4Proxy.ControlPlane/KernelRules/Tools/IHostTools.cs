namespace L4Proxy.ControlPlane.KernelRules.Tools;

/// <summary>Runs the host's own tools: <c>nft</c>, <c>iptables-restore</c>, <c>ip</c> and so on.</summary>
public interface IHostTools
{
    /// <summary>Whether a tool can be found.</summary>
    bool Exists(string tool);

    /// <summary>Runs a tool to its end; whatever its exit code is.</summary>
    /// <param name="tool">Name, found in PATH, then in /usr/sbin and /sbin.</param>
    /// <param name="arguments">Passed one by one; no shell is involved.</param>
    /// <param name="input">Standard input; null for an empty one.</param>
    /// <param name="timeout">After that long it is killed with its children.</param>
    /// <param name="cancellation">Kills it, too.</param>
    /// <exception cref="RulesException">It is missing, cannot be started, or did not end in time.</exception>
    Task<ToolResult> RunAsync(
        string tool, IReadOnlyList<string> arguments, string? input, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Starts a tool and gives its lines of standard output as they come, until it ends or is cancelled, which kills it.</summary>
    /// <exception cref="RulesException">It is missing, cannot be started, or ended with an error.</exception>
    IAsyncEnumerable<string> FollowAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation);
}
