using System.Globalization;
using System.Net;
using L4Proxy.ControlPlane.KernelRules.Ipvs;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>Does what the kernel does with the input of the tools, and refuses what it refuses.</summary>
internal sealed class KernelModel
{
    private readonly Dictionary<string, string> _servers = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Server, string Real), int> _reals = [];
    private readonly Dictionary<string, HashSet<string>> _sets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _addresses = new(StringComparer.Ordinal);

    public void Run(IpvsCommands commands)
    {
        Each(commands.SetAdditions, Ipset);
        Each(commands.ServerAdditions, Ipvsadm);
        Each(commands.AddressAdditions, Ip);
        Each(commands.ServerRemovals, Ipvsadm);
        Each(commands.AddressRemovals, Ip);
        Each(commands.SetRemovals, Ipset);
    }

    /// <summary>What it has, as <c>ipvsadm -Sn</c>, <c>ipset save</c> and the addresses of the device.</summary>
    public IpvsState Read()
    {
        IpvsState state = new();
        foreach ((VirtualAddress key, VirtualServer server) in IpvsTexts.ParseServers(string.Join('\n', _servers.Select(s =>
            $"-A {s.Key} {s.Value}\n" + string.Concat(_reals.Where(r => r.Key.Server == s.Key).Select(r => $"-a {s.Key} -r {r.Key.Real} -m -w {r.Value}\n"))))))
        {
            state.Servers[key] = server;
        }

        foreach ((string name, HashSet<string> entries) in IpvsTexts.ParseSets(string.Concat(
            _sets.Select(s => $"create {s.Key} x\n" + string.Concat(s.Value.Select(e => $"add {s.Key} {e}\n"))))))
        {
            state.Sets[name] = entries;
        }

        state.Addresses.UnionWith(_addresses.Select(a => IPAddress.Parse(a.Split('/')[0])));
        return state;
    }

    private static void Each(string input, Action<string[]> run)
    {
        foreach (string line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            run(line.Split(' '));
        }
    }

    private static void Need(bool allowed, string[] words)
    {
        if (!allowed)
        {
            throw new InvalidOperationException($"refused: {string.Join(' ', words)}");
        }
    }

    private void Ipset(string[] words)
    {
        switch (words[0])
        {
            case "create":
                Need(_sets.TryAdd(words[1], new HashSet<string>(StringComparer.Ordinal)), words);
                break;
            case "destroy":
                Need(_sets.Remove(words[1]), words);
                break;
            case "add":
                Need(_sets[words[1]].Add(words[2]), words);
                break;
            default:
                Need(_sets[words[1]].Remove(words[2]), words);
                break;
        }
    }

    private void Ip(string[] words) =>
        Need(words[1] == "replace" ? _addresses.Add(words[2]) : _addresses.Remove(words[2]), words);

    private void Ipvsadm(string[] words)
    {
        string server = $"{words[1]} {words[2]}";
        string options = string.Join(' ', words.Skip(3));
        switch (words[0])
        {
            case "-A":
                Need(_servers.TryAdd(server, options), words);
                break;
            case "-E":
                Need(_servers.ContainsKey(server), words);
                _servers[server] = options;
                break;
            case "-D":
                Need(_servers.Remove(server), words);
                foreach ((string, string) real in _reals.Keys.Where(k => k.Server == server).ToArray())
                {
                    _reals.Remove(real);
                }

                break;
            case "-d":
                Need(_reals.Remove((server, words[4])), words);
                break;
            default:
                Need(_servers.ContainsKey(server) && _reals.ContainsKey((server, words[4])) == (words[0] == "-e"), words);
                _reals[(server, words[4])] = int.Parse(words[7], CultureInfo.InvariantCulture);
                break;
        }
    }
}
