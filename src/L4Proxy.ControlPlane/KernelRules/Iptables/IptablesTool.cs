using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>iptables-restore and iptables-save of one family and variant.</summary>
internal sealed partial class IptablesTool(IHostTools tools, AddressFamily family, IptablesVariant variant)
{
    /// <summary>Seconds to wait for the lock that legacy tools share. kube-proxy's.</summary>
    public const string LockWait = "5";

    /// <summary>Exit code RESOURCE_PROBLEM of xtables.h: the lock is held, or there is no right.</summary>
    private const int ResourceProblem = 4;

    /// <summary>What is left of a line in a message.</summary>
    private const int ShownLine = 200;

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(30);

    /// <summary>A slow machine's: a small one with the nft variant was measured at 7,000 lines a second when it has nothing else to do.</summary>
    private const int LinesPerSecond = 200;

    private bool? _isNft;

    public static IReadOnlyList<string> RestoreArguments { get; } = ["--noflush", "-w", LockWait];

    public AddressFamily Family => family;

    public bool IsIPv6 => family == AddressFamily.InterNetworkV6;

    public IptablesVariant Variant => variant;

    public string RestoreName => NameOf("restore");

    public string SaveName => NameOf("save");

    public bool Exists => tools.Exists(RestoreName) && tools.Exists(SaveName);

    public IHostTools Tools => tools;

    /// <summary>Whether it is nf_tables that it speaks to.</summary>
    public async Task<bool> IsNftAsync(CancellationToken cancellation)
    {
        if (variant != IptablesVariant.Host)
        {
            return variant == IptablesVariant.Nft;
        }

        if (_isNft is not { } isNft)
        {
            ToolResult result = await tools.RunAsync(RestoreName, ["--version"], null, s_least, cancellation);
            _isNft = isNft = result.Output.Contains("nf_tables", StringComparison.Ordinal);
        }

        return isNft;
    }

    /// <summary>All that is there. The legacy variant lists only tables that were used before, and so makes none.</summary>
    public async Task<string> SaveAsync(CancellationToken cancellation)
    {
        ToolResult result = await ListAsync(cancellation);
        return result.Succeeded ? result.Output : throw Failed(SaveName, result, input: null);
    }

    public async Task<SavedTables> ReadAsync(CancellationToken cancellation) => SavedTables.Parse(await SaveAsync(cancellation));

    /// <summary>All that is there; null where the kernel lacks its half, so that nothing can be there.</summary>
    /// <exception cref="RulesException">It is there, and not to be read without rights.</exception>
    public async Task<SavedTables?> TryReadAsync(CancellationToken cancellation)
    {
        ToolResult result = await ListAsync(cancellation);
        return result.Succeeded ? SavedTables.Parse(result.Output)
            : result.ExitCode == ResourceProblem && !IsKernelWithout(result.Error) ? throw Failed(SaveName, result, input: null)
            : null;
    }

    /// <summary>nfnetlink(7) answers EINVAL for a subsystem that the kernel does not have, such as nf_tables, and socket(2) EPROTONOSUPPORT.</summary>
    private static bool IsKernelWithout(string error) =>
        error.Contains("Invalid argument", StringComparison.Ordinal) || error.Contains("not supported", StringComparison.Ordinal);

    /// <summary>Hands an input over: transaction by transaction, of which each is in force wholly or not at all.</summary>
    /// <exception cref="RulesException">One was refused; its table is as the transaction before left it, and those after it are as they were.</exception>
    public async Task RestoreAsync(RestoreInput input, CancellationToken cancellation)
    {
        if (!input.IsEmpty)
        {
            string text = input.ToString(splits: await IsNftAsync(cancellation));
            ToolResult result = await RunAsync(text, input.Lines, RestoreArguments, cancellation);
            if (!result.Succeeded)
            {
                throw Failed(RestoreName, result, text);
            }
        }
    }

    /// <summary>Whether an input, of checks alone, is accepted.</summary>
    /// <exception cref="RulesException">Nobody can tell, as when the lock is held.</exception>
    public async Task<bool> IsAcceptedAsync(RestoreInput input, CancellationToken cancellation)
    {
        ToolResult result = await RunAsync(input.ToString(), input.Lines, RestoreArguments, cancellation);
        return result.ExitCode != ResourceProblem ? result.Succeeded : throw Failed(RestoreName, result, input: null);
    }

    /// <summary>What the tool says of an input that it only reads; null when nothing.</summary>
    /// <exception cref="RulesException">It says nothing of it, because the lock is held.</exception>
    public async Task<string?> TestAsync(string input, CancellationToken cancellation)
    {
        ToolResult result = await RunAsync(input, 0, ["--test", .. RestoreArguments], cancellation);
        RulesException? failure = result.Succeeded ? null : Failed(RestoreName, result, input);
        return failure is { IsBusy: true } ? throw failure : failure?.Message;
    }

    /// <summary>Why a tool of the legacy variant did nothing, if it is that another has the lock that they share; null when it is not.</summary>
    public static RulesException? LockHeld(string tool, string error) => !error.Contains("xtables lock", StringComparison.Ordinal) ? null
        : new RulesException($"{tool}: another program has held the xtables lock (/run/xtables.lock) for more than {LockWait} s") { IsBusy = true };

    /// <summary>A listing is as long as what it lists, which nobody knows before: the limit is for tools that hang.</summary>
    private Task<ToolResult> ListAsync(CancellationToken cancellation) =>
        tools.RunAsync(SaveName, [], null, TimeSpan.FromMinutes(5), cancellation);

    private Task<ToolResult> RunAsync(string input, int lines, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        tools.RunAsync(RestoreName, arguments, input, s_least + TimeSpan.FromSeconds(lines / LinesPerSecond), cancellation);

    private string NameOf(string what) =>
        (IsIPv6 ? "ip6tables-" : "iptables-") + variant switch
        {
            IptablesVariant.Nft => "nft-",
            IptablesVariant.Legacy => "legacy-",
            _ => "",
        } + what;

    private static RulesException Failed(string tool, ToolResult result, string? input)
    {
        if (LockHeld(tool, result.Error) is { } busy)
        {
            return busy;
        }

        string message = $"{tool}: {HostTools.FirstLine(result.Error)}";
        if (input is not null && LineNumber().Match(result.Error) is { Success: true } match
            && int.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out int number)
            && input.Split('\n').ElementAtOrDefault(number - 1) is { Length: > 0 } line)
        {
            message += $" [{line[..Math.Min(line.Length, ShownLine)]}]";
        }

        return new RulesException(message);
    }

    [GeneratedRegex("line:? (?<number>[0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineNumber();
}
