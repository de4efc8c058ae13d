using System.Text.RegularExpressions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>
/// What iptables-restore --noflush does with an input: tables of chains of rules. Refuses what the tool refuses, so that what passes here has
/// chains for all its jumps, and leaves no reference to a chain that goes.
/// </summary>
internal sealed partial class RestoreModel
{
    private static readonly string[] s_builtIn = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

    private readonly Dictionary<string, Dictionary<string, List<string>>> _tables = new(StringComparer.Ordinal);

    /// <summary>Each rule with its table, in a stable order of chains.</summary>
    public IEnumerable<string> Listing =>
        from table in _tables.OrderBy(t => t.Key, StringComparer.Ordinal)
        from chain in table.Value.OrderBy(c => c.Key, StringComparer.Ordinal)
        from line in chain.Value.Prepend("").Select(rule => $"{table.Key} {chain.Key} {rule}")
        select line;

    /// <summary>As iptables-save prints it, the rules of a chain in their order.</summary>
    public string Saved => string.Concat(_tables.Select(table =>
        $"*{table.Key}\n"
        + string.Concat(table.Value.Keys.Select(c => s_builtIn.Contains(c, StringComparer.Ordinal) ? $":{c} ACCEPT [0:0]\n" : $":{c} - [0:0]\n"))
        + string.Concat(table.Value.SelectMany(c => c.Value.Select(rule => $"-A {c.Key} {rule}\n")))
        + "COMMIT\n"));

    public void Restore(string input)
    {
        Dictionary<string, List<string>>? chains = null;
        foreach (string line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            if (line[0] == '*')
            {
                if (!_tables.TryGetValue(line[1..], out chains))
                {
                    _tables.Add(line[1..], chains = s_builtIn.ToDictionary(c => c, _ => new List<string>(), StringComparer.Ordinal));
                }
            }
            else if (line == "COMMIT")
            {
                Commit(chains!);
                chains = null;
            }
            else
            {
                Run(chains!, line);
            }
        }

        Assert.Null(chains);
    }

    /// <summary>Words of a line as the tool reads them: text in quotes is one.</summary>
    public static string[] Words(string line)
    {
        Match match = Line().Match(line);
        Assert.True(match.Success, line);
        return [.. match.Groups["word"].Captures.Select(c => c.Value)];
    }

    private static void Run(Dictionary<string, List<string>> chains, string line)
    {
        string[] words = Words(line);
        if (line[0] == ':')
        {
            Assert.InRange(words[0].Length - 1, 1, 28);
            chains[words[0][1..]] = [];
            return;
        }

        Assert.True(chains.TryGetValue(words[1], out List<string>? rules), $"no chain: {line}");
        int start = words[0].Length + words[1].Length + 2;
        switch (words[0])
        {
            case "-A":
                rules.Add(line[start..]);
                break;
            case "-I":
                Assert.Equal("1", words[2]);
                rules.Insert(0, line[(start + 2)..]);
                break;
            case "-D":
                Assert.True(rules.Remove(line[start..]), $"no such rule: {line}");
                break;
            case "-X":
                Assert.Empty(rules);
                chains.Remove(words[1]);
                break;
            default:
                Assert.Fail(line);
                break;
        }
    }

    private static void Commit(Dictionary<string, List<string>> chains)
    {
        foreach (string rule in chains.Values.SelectMany(rules => rules))
        {
            string[] words = Words(rule);
            int jump = Array.IndexOf(words, "-j");
            Assert.True(jump >= 0, rule);
            string target = words[jump + 1];
            Assert.True(!target.StartsWith("L4P-", StringComparison.Ordinal) || chains.ContainsKey(target), $"no chain to jump to: {rule}");
        }
    }

    [GeneratedRegex("""^(?<word>[^" ]+|"[^"]*")( (?<word>[^" ]+|"[^"]*"))*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}
