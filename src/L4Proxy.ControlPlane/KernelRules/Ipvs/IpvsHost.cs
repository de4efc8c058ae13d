using System.Net;
using System.Text.Json;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>The host by its tools: reads what is there, and hands them what changes it.</summary>
internal sealed class IpvsHost(IHostTools tools)
{
    /// <summary>Time for one tool, besides that for its input: far above what listings of ten thousand Services take.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>What a machine that is emulated, and starved, manages.</summary>
    private const int LinesPerSecond = 200;

    /// <summary>
    /// Virtual servers whose connections are asked for one by one: each costs the start of a tool, and a listing of all, with 5,000 Services of
    /// 10 endpoints, more than that of many (bench/L4Proxy.RulesBench, in an emulated machine).
    /// </summary>
    private const int MostAskedFor = 16;

    public async Task<HostAddresses> ReadAddressesAsync(CancellationToken cancellation)
    {
        string json = await RunAsync("ip", ["-json", "address", "show"], null, cancellation);
        try
        {
            var addresses = HostAddresses.Parse(json);

            // A listing of addresses leaves aliases out.
            return addresses.OnDevice is null ? addresses : addresses with
            {
                Alias = HostAddresses.ParseAlias(await RunAsync("ip", ["-json", "link", "show", "dev", IpvsNames.Device], null, cancellation)),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new RulesException($"ip -json address show: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What of ours is there. Virtual servers are ours by their set, or by their address on our device.</summary>
    public async Task<IpvsState> ReadStateAsync(HostAddresses addresses, CancellationToken cancellation)
    {
        IpvsState state = new();
        state.Addresses.UnionWith(addresses.OnDevice ?? []);
        foreach ((string name, HashSet<string> entries) in IpvsTexts.ParseSets(await RunAsync("ipset", ["save"], null, cancellation)))
        {
            state.Sets[name] = entries;
        }

        foreach ((VirtualAddress key, VirtualServer server) in IpvsTexts.ParseServers(await RunAsync("ipvsadm", ["-Sn"], null, cancellation)))
        {
            bool isNoted = state.Sets.TryGetValue(IpvsNames.Set(key.IsIPv6, IpvsNames.Servers), out HashSet<string>? noted) && noted.Contains(key.SetEntry);
            if (isNoted || state.Addresses.Contains(key.Address.Address))
            {
                state.Servers[key] = server;
            }
            else
            {
                state.Foreign[key] = server;
            }
        }

        return state;
    }

    /// <summary>Real servers without connections, at least those of some virtual servers.</summary>
    /// <exception cref="RulesException">They cannot be listed.</exception>
    public async Task<HashSet<(VirtualAddress Server, IPEndPoint Real)>> ReadIdleAsync(
        IReadOnlyCollection<VirtualAddress> servers, CancellationToken cancellation)
    {
        if (servers.Count > MostAskedFor)
        {
            return IpvsTexts.ParseIdle(await RunAsync("ipvsadm", ["-Ln"], null, cancellation));
        }

        HashSet<(VirtualAddress, IPEndPoint)> idle = [];
        foreach (VirtualAddress server in servers)
        {
            // One that somebody has removed has none.
            string[] arguments = ["-Ln", .. server.ToString().Split(' ')];
            ToolResult listing = await tools.RunAsync("ipvsadm", arguments, null, s_limit, cancellation);
            if (!listing.Succeeded && !IsGone(listing))
            {
                throw Failed("ipvsadm", arguments, listing);
            }

            idle.UnionWith(IpvsTexts.ParseIdle(listing.Output));
        }

        return idle;
    }

    /// <summary>Our sets; none where the tool, or the kernel's part of it, is missing.</summary>
    public async Task<Dictionary<string, HashSet<string>>> ReadSetsAsync(CancellationToken cancellation)
    {
        bool canHaveSets = Exists("ipset") && await SucceedsAsync("ipset", ["list", "-name"], cancellation);
        return canHaveSets ? IpvsTexts.ParseSets(await RunAsync("ipset", ["save"], null, cancellation)) : [];
    }

    public bool Exists(string tool) => tools.Exists(tool);

    /// <summary>Lines of changes to links and addresses, as they happen.</summary>
    public IAsyncEnumerable<string> FollowAsync(CancellationToken cancellation) =>
        tools.FollowAsync("ip", ["-oneline", "monitor", "link", "address"], cancellation);

    /// <summary>Whether the device has as many addresses as it ought to, and one virtual server and one set of each family is there.</summary>
    public async Task<bool> HasCanariesAsync(IpvsState state, CancellationToken cancellation)
    {
        ToolResult device = await tools.RunAsync("ip", ["-oneline", "address", "show", "dev", IpvsNames.Device], null, s_limit, cancellation);
        int addresses = device.Output.Split('\n').Count(l => l.Contains(" inet", StringComparison.Ordinal) && !l.Contains("scope link", StringComparison.Ordinal));
        if (!device.Succeeded || addresses != state.Addresses.Count)
        {
            return false;
        }

        foreach (VirtualAddress server in state.Servers.Keys.DistinctBy(k => k.IsIPv6))
        {
            string set = IpvsNames.Set(server.IsIPv6, IpvsNames.Servers);
            if (!await SucceedsAsync("ipvsadm", ["-Ln", .. server.ToString().Split(' ')], cancellation)
                || !await SucceedsAsync("ipset", ["-quiet", "test", set, server.SetEntry], cancellation))
            {
                return false;
            }
        }

        return true;
    }

    public Task ChangeServersAsync(string input, CancellationToken cancellation) => RunWithAsync("ipvsadm", ["-R"], input, cancellation);

    public Task DestroySetsAsync(IEnumerable<string> names, CancellationToken cancellation) =>
        RunWithAsync("ipset", ["restore"], string.Concat(names.Select(n => $"destroy {n}\n")), cancellation);

    /// <summary>Hands over everything between two states; what is the same costs nothing.</summary>
    public async Task AddAsync(IpvsCommands commands, CancellationToken cancellation)
    {
        await RunWithAsync("ipvsadm", ["-R"], commands.ServerAdditions, cancellation);
        await RunWithAsync("ip", ["-batch", "-"], commands.AddressAdditions, cancellation);
    }

    public Task AddSetsAsync(IpvsCommands commands, CancellationToken cancellation) =>
        RunWithAsync("ipset", ["-exist", "restore"], commands.SetAdditions, cancellation);

    public async Task RemoveAsync(IpvsCommands commands, CancellationToken cancellation)
    {
        await RunWithAsync("ipvsadm", ["-R"], commands.ServerRemovals, cancellation);
        await RunWithAsync("ip", ["-batch", "-"], commands.AddressRemovals, cancellation);
        await RunWithAsync("ipset", ["-exist", "restore"], commands.SetRemovals, cancellation);
    }

    /// <summary>Whether a command succeeds, for what is asked by an exit code.</summary>
    public async Task<bool> SucceedsAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        (await tools.RunAsync(tool, arguments, null, s_limit, cancellation)).Succeeded;

    /// <exception cref="RulesException">It ended with an error.</exception>
    public async Task<string> RunAsync(string tool, IReadOnlyList<string> arguments, string? input, CancellationToken cancellation)
    {
        TimeSpan limit = s_limit + TimeSpan.FromSeconds(input?.AsSpan().Count('\n') / LinesPerSecond ?? 0);
        ToolResult result = await tools.RunAsync(tool, arguments, input, limit, cancellation);
        return result.Succeeded ? result.Output : throw Failed(tool, arguments, result);
    }

    /// <summary>The kernel's answer, as ipvsadm 1.31 words it ("No such service") or the C library (ENOENT, ESRCH).</summary>
    private static bool IsGone(ToolResult listing) => listing.Error.StartsWith("No such ", StringComparison.Ordinal);

    private static RulesException Failed(string tool, IReadOnlyList<string> arguments, ToolResult result) =>
        new($"{tool} {string.Join(' ', arguments)}: {HostTools.FirstLine(result.Error)}");

    private async Task RunWithAsync(string tool, IReadOnlyList<string> arguments, string input, CancellationToken cancellation)
    {
        if (input.Length > 0)
        {
            await RunAsync(tool, arguments, input, cancellation);
        }
    }
}
