using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Life;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>
/// Capturing without packet rules: the Services' networks are made this host's own by routes of the type local, and the proxy binds the
/// Services' addresses themselves. Neither NAT nor connection tracking is on the path. Routes carry our number
/// (<see cref="IPTool.OwnProtocol"/>); an equal route of somebody else serves as well, and is left alone.
/// </summary>
/// <param name="options">Networks of Services.</param>
/// <param name="tools">Runs <c>ip</c>.</param>
/// <param name="logger">Is told of addresses that cannot be taken.</param>
public sealed class LocalRoutes(RulesOptions options, IHostTools tools, ILogger logger) : IRulesBackend
{
    private readonly IPTool _ip = new(tools);
    private readonly Dictionary<AddressFamily, HashSet<IPNetwork>> _inForce = [];
    private readonly Dictionary<AddressFamily, IPAddress?> _preferred = [];

    public string Name => "capture-local";

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation)
    {
        if (!_ip.Exists)
        {
            return ["the tool ip (package iproute2) is missing"];
        }

        if (!Capabilities.MayAdministerNetwork())
        {
            return ["CAP_NET_ADMIN: routes of this network namespace may not be changed"];
        }

        ImmutableArray<string>.Builder lacking = ImmutableArray.CreateBuilder<string>();
        foreach (IGrouping<AddressFamily, IPNetwork> networks in options.ServiceNetworks.GroupBy(n => n.BaseAddress.AddressFamily))
        {
            HostRoutes host = await HostRoutes.ReadAsync(_ip, networks.Key, cancellation);
            lacking.AddRange(networks.Select(n => host.Refusal(n, podNetworks: [])).OfType<string>());
        }

        return lacking.ToImmutable();
    }

    /// <inheritdoc/>
    /// <remarks>An application names the preferred source, and leaves out addresses that the host has already.</remarks>
    public string Plan(RulesState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StringBuilder text = new();
        foreach (FamilyRules family in state.Families)
        {
            HashSet<IPNetwork> networks = LocalNetworks.Of(family);
            if (networks.Count > 0)
            {
                text.Append("# ip ").Append(IPTool.FamilyFlag(family.Family)).Append(" -batch -\n");
                text.AppendJoin('\n', Ordered(networks).Select(n => AddCommand(n, preferred: null))).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        RulesException? first = null;
        foreach (FamilyRules family in state.Families)
        {
            try
            {
                await ApplyAsync(family, full, cancellation);
            }
            catch (RulesException e)
            {
                // One family's trouble is none of the other's.
                first ??= e;
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        foreach ((AddressFamily family, HashSet<IPNetwork> wanted) in _inForce)
        {
            // What is not ours may be somebody else's, which serves as well; that takes a closer look, and is rare.
            if (!wanted.IsSubsetOf(await HostRoutes.ReadOwnAsync(_ip, family, cancellation)))
            {
                HostRoutes host = await HostRoutes.ReadAsync(_ip, family, cancellation);
                if (!wanted.IsSubsetOf(host.Own.Union(host.Taken)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public async Task WaitForRemovalAsync(CancellationToken cancellation)
    {
        string own = string.Create(CultureInfo.InvariantCulture, $"proto {IPTool.OwnProtocol} ");
        await foreach (string line in _ip.FollowAsync("route", cancellation))
        {
            if (line.StartsWith("Deleted ", StringComparison.Ordinal) && (line + " ").Contains(own, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new RulesException("ip monitor: ended by itself");
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        foreach (FamilyRules family in state.Families)
        {
            HashSet<IPNetwork> wanted = LocalNetworks.Of(family);
            HostRoutes host = await HostRoutes.ReadAsync(_ip, family.Family, cancellation);
            string flag = IPTool.FamilyFlag(family.Family);
            lines.AddRange(Ordered(wanted.Except(host.Own).Except(host.Taken)).Select(n => $"- ip {flag} {AddCommand(n, host.Preferred)}"));
            lines.AddRange(Ordered(host.Own.Except(wanted)).Select(n => $"+ ip {flag} {AddCommand(n, preferred: null)}"));
        }

        return lines.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        _inForce.Clear();
        if (!_ip.Exists)
        {
            return false;
        }

        bool any = false;
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            ImmutableHashSet<IPNetwork> own = await HostRoutes.ReadOwnAsync(_ip, family, cancellation);
            any |= own.Count > 0;
            await _ip.BatchAsync(family, [.. Ordered(own).Select(DeleteCommand)], cancellation);
        }

        return any;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task ApplyAsync(FamilyRules family, bool full, CancellationToken cancellation)
    {
        HashSet<IPNetwork> wanted = LocalNetworks.Of(family);
        HashSet<IPNetwork>? before = full ? null : _inForce.GetValueOrDefault(family.Family);
        _inForce.Remove(family.Family);
        if (before is null || !await TryChangeAsync(family.Family, before, wanted, cancellation))
        {
            await ApplyFullAsync(family, wanted, cancellation);
        }

        _inForce[family.Family] = wanted;
    }

    /// <summary>
    /// Only what changed, without a look at the host; false when something is not as it was left, and then all has to be looked at. New networks
    /// of Services always are.
    /// </summary>
    private async Task<bool> TryChangeAsync(
        AddressFamily family, HashSet<IPNetwork> before, HashSet<IPNetwork> wanted, CancellationToken cancellation)
    {
        List<IPNetwork> added = [.. wanted.Where(n => !before.Contains(n))];
        List<IPNetwork> gone = [.. before.Where(n => !wanted.Contains(n))];
        if (added.Any(options.ServiceNetworks.Contains) || (added.Count > 0 && !_preferred.ContainsKey(family)))
        {
            return false;
        }

        try
        {
            IPAddress? preferred = _preferred.GetValueOrDefault(family);
            await _ip.BatchAsync(family, [.. Ordered(gone).Select(DeleteCommand), .. Ordered(added).Select(n => AddCommand(n, preferred))], cancellation);
            return true;
        }
        catch (RulesException)
        {
            return false;
        }
    }

    private async Task ApplyFullAsync(FamilyRules family, HashSet<IPNetwork> wanted, CancellationToken cancellation)
    {
        HostRoutes host = await HostRoutes.ReadAsync(_ip, family.Family, cancellation);
        if (family.ServiceNetworks.Where(wanted.Contains).Select(n => host.Refusal(n, family.PodNetworks)).OfType<string>().FirstOrDefault() is { } refusal)
        {
            throw new RulesException(refusal);
        }

        foreach (IPNetwork address in Ordered(wanted.Intersect(host.Taken)))
        {
            LocalRoutesLog.AlreadyLocal(logger, address);
        }

        _preferred[family.Family] = host.Preferred;
        await _ip.BatchAsync(
            family.Family,
            [
                .. Ordered(host.Own.Except(wanted)).Select(DeleteCommand),
                .. Ordered(wanted.Except(host.Own).Except(host.Taken)).Select(n => AddCommand(n, host.Preferred)),
            ],
            cancellation);
    }

    /// <summary>The same order at any time, by family and number.</summary>
    private static IEnumerable<IPNetwork> Ordered(IEnumerable<IPNetwork> networks) =>
        networks.OrderBy(n => DataPlane.Services.ClientAddress.From(new IPEndPoint(n.BaseAddress, 0)).Address).ThenBy(n => n.PrefixLength);

    private static string AddCommand(IPNetwork network, IPAddress? preferred) =>
        $"route add local {network} dev lo table local proto {IPTool.OwnProtocol}{(preferred is null ? "" : $" src {preferred}")}";

    private static string DeleteCommand(IPNetwork network) => $"route del local {network} dev lo table local proto {IPTool.OwnProtocol}";
}
