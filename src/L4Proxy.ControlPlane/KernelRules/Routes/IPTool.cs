using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text.Json;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>The tool <c>ip</c> (ip(8)): listings in JSON, and changes in batches.</summary>
internal sealed class IPTool(IHostTools tools)
{
    public const string Name = "ip";

    /// <summary>
    /// The number by which the kernel keeps for each route and rule who made it. Names of /etc/iproute2/rt_protos and the kernel's own
    /// (linux/rtnetlink.h) leave 211 free; ours alone carry it, so cleaning up finds exactly ours.
    /// </summary>
    public const int OwnProtocol = 211;

    /// <summary>A batch of 10,000 routes takes some 0.1 s; a tool that says nothing for so long hangs.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    public bool Exists => tools.Exists(Name);

    /// <summary>The objects that a command lists, with numbers in place of names; none for a table that was never used.</summary>
    /// <exception cref="RulesException">The command failed.</exception>
    public async Task<ImmutableArray<JsonElement>> ListAsync(AddressFamily family, string command, CancellationToken cancellation)
    {
        string[] arguments = [FamilyFlag(family), "-j", "-N", "-d", .. command.Split(' ')];
        ToolResult result = await tools.RunAsync(Name, arguments, input: null, s_timeout, cancellation);
        if (!result.Succeeded && !IsAbsent(result.Error))
        {
            throw new RulesException($"ip {command}: {FirstLine(result.Error)}");
        }

        string json = result.Output.Trim();
        if (!result.Succeeded || json.Length == 0)
        {
            return [];
        }

        using JsonDocument document = Parse(json, command);

        // A plain `ip link` or `ip addr` puts an empty object where a device does not match.
        return [.. document.RootElement.EnumerateArray().Where(e => e.EnumerateObject().Any()).Select(e => e.Clone())];
    }

    /// <summary>Runs commands one after the other in one process, and stops at the first that fails.</summary>
    /// <exception cref="RulesException">One failed; those before it are in force.</exception>
    public async Task BatchAsync(AddressFamily family, IReadOnlyList<string> commands, CancellationToken cancellation)
    {
        if (commands.Count == 0)
        {
            return;
        }

        ToolResult result = await tools.RunAsync(
            Name, [FamilyFlag(family), "-batch", "-"], string.Join('\n', commands) + "\n", s_timeout, cancellation);
        if (!result.Succeeded)
        {
            throw new RulesException($"ip {FamilyFlag(family)} {FailedCommand(result.Error, commands)}: {FirstLine(result.Error)}");
        }
    }

    /// <summary>Lines of <c>ip monitor</c>, as they come.</summary>
    public IAsyncEnumerable<string> FollowAsync(string objects, CancellationToken cancellation) =>
        tools.FollowAsync(Name, ["-o", "monitor", objects], cancellation);

    public static string FamilyFlag(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? "-6" : "-4";

    /// <summary>The value of a property as text, whether JSON has it as a number or as a string; empty when there is none.</summary>
    public static string Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement value) ? value.ToString() : "";

    /// <summary>A table that nobody wrote to, or a family that this kernel does not have: nothing is there.</summary>
    private static bool IsAbsent(string error) =>
        error.Contains("FIB table does not exist", StringComparison.Ordinal)
        || error.Contains("not supported", StringComparison.Ordinal);

    private static JsonDocument Parse(string json, string command)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new RulesException($"ip {command}: its answer is not understood; iproute2 4.18 or newer is needed", e);
        }
    }

    /// <summary>From <c>Command failed -:3</c> the third of the commands.</summary>
    private static string FailedCommand(string error, IReadOnlyList<string> commands)
    {
        const string Mark = "Command failed -:";
        int at = error.IndexOf(Mark, StringComparison.Ordinal);
        ReadOnlySpan<char> rest = at < 0 ? [] : error.AsSpan(at + Mark.Length);
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(digits < 0 ? rest : rest[..digits], out int line) && line >= 1 && line <= commands.Count
            ? commands[line - 1]
            : "-batch";
    }

    private static string FirstLine(string error)
    {
        string line = HostTools.FirstLine(error);
        return line.StartsWith("RTNETLINK answers: ", StringComparison.Ordinal) ? line["RTNETLINK answers: ".Length..] : line;
    }
}
