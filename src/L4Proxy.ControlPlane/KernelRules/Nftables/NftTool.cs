using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Runs nft.</summary>
/// <param name="tools">The host's tools.</param>
internal sealed class NftTool(IHostTools tools)
{
    public const string Name = "nft";

    /// <summary>
    /// Longest run. A first application of 5,000 Service ports with 10 endpoints each takes about 2 s on a slow core; this is for clusters
    /// many times that size.
    /// </summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    public bool Exists => tools.Exists(Name);

    /// <summary>Puts a transaction in force; an empty one without starting anything.</summary>
    /// <exception cref="RulesException">nft refuses; nothing has changed.</exception>
    public async Task ApplyAsync(string script, CancellationToken cancellation)
    {
        ToolResult result = script.Length == 0 ? new(0, "", "") : await RunAsync(["-f", "-"], script, cancellation);
        if (!result.Succeeded)
        {
            throw Failure(result);
        }
    }

    /// <summary>What nft says of a transaction that is not put in force.</summary>
    public Task<ToolResult> CheckAsync(string script, CancellationToken cancellation) =>
        RunAsync(["-c", "-f", "-"], script, cancellation);

    /// <summary>Standard output of a command that only reads.</summary>
    /// <exception cref="RulesException">nft refuses.</exception>
    public async Task<string> ReadAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        ToolResult result = await RunAsync(arguments, null, cancellation);
        return result.Succeeded ? result.Output : throw Failure(result);
    }

    public Task<ToolResult> RunAsync(IReadOnlyList<string> arguments, string? input, CancellationToken cancellation) =>
        tools.RunAsync(Name, arguments, input, s_timeout, cancellation);

    public static RulesException Failure(ToolResult result) => new($"nft: {Cause(result.Error)}");

    /// <summary>
    /// Whether nft failed because the kernel has no nf_tables, so that nothing can be there: nfnetlink answers EINVAL for a subsystem that it
    /// does not have, and socket(2) EPROTONOSUPPORT where there is no nfnetlink.
    /// </summary>
    public static bool IsKernelWithout(string error) =>
        error.Contains("Invalid argument", StringComparison.Ordinal) || error.Contains("not supported", StringComparison.Ordinal);

    /// <summary>The first error of what nft wrote, without its position in a text that nobody sees.</summary>
    public static string Cause(string error)
    {
        string? line = error.Split('\n').FirstOrDefault(l => l.Contains("Error:", StringComparison.Ordinal));
        return line is null
            ? HostTools.FirstLine(error)
            : line[(line.IndexOf("Error:", StringComparison.Ordinal) + "Error:".Length)..].Trim();
    }
}
