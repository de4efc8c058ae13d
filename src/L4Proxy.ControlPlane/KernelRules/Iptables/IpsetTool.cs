using System.Globalization;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>The tool <c>ipset</c>.</summary>
internal sealed class IpsetTool(IHostTools tools)
{
    public const string Name = "ipset";

    /// <summary>Filling a set of 100,000 takes less than a second.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    public bool Exists => tools.Exists(Name);

    public async Task RestoreAsync(string input, CancellationToken cancellation)
    {
        if (input.Length > 0)
        {
            await RunAsync(["restore"], input, cancellation);
        }
    }

    /// <summary>What keeps sets from being used; null when nothing does.</summary>
    public async Task<string?> ProbeAsync(CancellationToken cancellation)
    {
        ToolResult result = await tools.RunAsync(Name, ["list", "-n"], null, s_timeout, cancellation);
        return result.Succeeded ? null : HostTools.FirstLine(result.Error);
    }

    /// <summary>Names of all sets of this host; none where the kernel has no sets.</summary>
    public async Task<HashSet<string>> NamesAsync(CancellationToken cancellation) =>
        await ProbeAsync(cancellation) is not null
            ? [] : [.. (await RunAsync(["list", "-n"], null, cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>Elements of all sets of this host: <c>SET ELEMENT</c>.</summary>
    public async Task<HashSet<string>> ElementsAsync(CancellationToken cancellation)
    {
        string saved = await RunAsync(["save"], null, cancellation);
        return
        [
            .. saved.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.StartsWith("add ", StringComparison.Ordinal)).Select(line => line["add ".Length..].Trim()),
        ];
    }

    /// <summary>How many elements each set has, without reading them.</summary>
    public async Task<Dictionary<string, int>> CountsAsync(CancellationToken cancellation)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        string name = "";
        foreach (string line in (await RunAsync(["list", "-t"], null, cancellation)).Split('\n'))
        {
            string[] parts = line.Split(": ", 2);
            if (parts[0] == "Name" && parts.Length == 2)
            {
                name = parts[1].Trim();
            }
            else if (parts[0] == "Number of entries" && int.TryParse(parts[^1], CultureInfo.InvariantCulture, out int count))
            {
                counts[name] = count;
            }
        }

        return counts;
    }

    /// <exception cref="RulesException">The tool said no; commands before the one that it refused are in force.</exception>
    private async Task<string> RunAsync(IReadOnlyList<string> arguments, string? input, CancellationToken cancellation)
    {
        ToolResult result = await tools.RunAsync(Name, arguments, input, s_timeout, cancellation);
        return result.Succeeded ? result.Output : throw new RulesException($"{Name} {arguments[0]}: {HostTools.FirstLine(result.Error)}");
    }
}
