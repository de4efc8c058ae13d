using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Reads what ipvsadm and ipset write.</summary>
internal static class IpvsTexts
{
    /// <summary>Virtual servers of <c>ipvsadm -Sn</c>. Those by firewall mark are nobody's concern here and left out.</summary>
    public static Dictionary<VirtualAddress, VirtualServer> ParseServers(string text)
    {
        Dictionary<VirtualAddress, VirtualServer> servers = [];
        Dictionary<VirtualAddress, ImmutableDictionary<IPEndPoint, int>.Builder> reals = [];
        foreach (string line in Lines(text))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 3 || !VirtualAddress.TryParse(words[1], words[2], out VirtualAddress key))
            {
                continue;
            }

            if (words[0] == "-A")
            {
                reals[key] = ImmutableDictionary.CreateBuilder<IPEndPoint, int>();
                servers[key] = new VirtualServer
                {
                    Scheduler = Option(words, "-s"),
                    Flags = Option(words, "-b"),
                    Persistence = Number(Option(words, "-p")),
                };
            }
            else if (words[0] == "-a" && reals.TryGetValue(key, out ImmutableDictionary<IPEndPoint, int>.Builder? of)
                && IPEndPoint.TryParse(Option(words, "-r"), out IPEndPoint? address))
            {
                of[address] = Number(Option(words, "-w"));
            }
        }

        return servers.ToDictionary(s => s.Key, s => s.Value with { RealServers = reals[s.Key].ToImmutable() });
    }

    /// <summary>Real servers of <c>ipvsadm -Ln</c> that have no connection, neither active nor inactive.</summary>
    public static HashSet<(VirtualAddress Server, IPEndPoint Real)> ParseIdle(string text)
    {
        HashSet<(VirtualAddress, IPEndPoint)> idle = [];
        VirtualAddress? server = null;
        foreach (string line in Lines(text))
        {
            // "TCP  10.96.0.1:443 rr", "  -> 10.244.0.7:6443  Masq  1  0  0": forwarding, weight, active, inactive.
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] != "->")
            {
                string option = words[0] switch { "TCP" => "-t", "UDP" => "-u", "SCTP" => "--sctp-service", _ => "" };
                server = words.Length > 1 && VirtualAddress.TryParse(option, words[1], out VirtualAddress key) ? key : null;
            }
            else if (server is { } of && words.Length >= 6 && words[^1] == "0" && words[^2] == "0" && IPEndPoint.TryParse(words[1], out IPEndPoint? real))
            {
                idle.Add((of, real));
            }
        }

        return idle;
    }

    /// <summary>Our sets of <c>ipset save</c>.</summary>
    public static Dictionary<string, HashSet<string>> ParseSets(string text)
    {
        Dictionary<string, HashSet<string>> sets = new(StringComparer.Ordinal);
        foreach (string line in Lines(text))
        {
            string[] words = line.Split(' ', 4);
            if (words.Length < 3 || !IpvsNames.IsSet(words[1]))
            {
                continue;
            }

            if (words[0] == "create")
            {
                sets[words[1]] = new HashSet<string>(StringComparer.Ordinal);
            }
            else if (words[0] == "add")
            {
                sets[words[1]].Add(words[2]);
            }
        }

        return sets;
    }

    /// <summary>The three timeouts of <c>ipvsadm -L --timeout</c>, in seconds: TCP, TCP after a FIN, UDP.</summary>
    public static ImmutableArray<int> ParseTimeouts(string text) =>
        [.. text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(w => char.IsAsciiDigit(w[0])).Select(Number)];

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Option(string[] words, string name)
    {
        int at = Array.IndexOf(words, name);
        return at >= 0 && at + 1 < words.Length ? words[at + 1] : "";
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
}
