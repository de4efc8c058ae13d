using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Routes;

/// <summary>
/// The way back for connections that are dialled from the client's own address: packets that carry <see cref="Mark"/> are delivered to this
/// host whatever their destination is (Documentation/networking/tproxy.rst of the kernel). Packet rules set the mark on what belongs
/// to a transparent socket (nft: <c>socket transparent 1 meta mark set meta mark or MARK</c>; iptables: <c>-m socket --transparent
/// -j MARK --set-xmark MARK/MARK</c>), in mangle PREROUTING. A rule and a route in each family, carrying our number, so that cleaning
/// up touches nothing else.
/// </summary>
public sealed class PolicyRouting
{
    /// <summary>Routing table of the one route; the number of the default capture port, which nobody is known to use.</summary>
    public const int Table = 10261;

    /// <summary>
    /// Place among the rules: after the table of local addresses (0), before main (32766). Other agents of clusters are within 100 and
    /// 10000, where a mark of theirs goes first.
    /// </summary>
    public const int Priority = 10261;

    /// <summary>
    /// Bit 13 lies beside those of Kubernetes (14 masquerades, 15 drops), and outside those that Calico (16 to 31) and Cilium (8 to 11)
    /// take by default.
    /// </summary>
    private const int Bit = 13;

    private const int OtherBit = 12;

    private readonly IPTool _ip;

    /// <param name="options">Names the masquerade bit, which the mark differs from.</param>
    /// <param name="tools">Runs <c>ip</c>.</param>
    public PolicyRouting(RulesOptions options, IHostTools tools)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ip = new IPTool(tools);
        Mark = MarkOf(options);
    }

    /// <summary>The one bit, as mark and as mask, of packets that are to be delivered to this host.</summary>
    public uint Mark { get; }

    private string MarkText => string.Create(CultureInfo.InvariantCulture, $"0x{Mark:x}");

    private string RuleCommand =>
        $"rule add fwmark {MarkText}/{MarkText} lookup {Table} priority {Priority} protocol {IPTool.OwnProtocol}";

    private static string RouteCommand => $"route replace local default dev lo table {Table} proto {IPTool.OwnProtocol}";

    /// <summary>The same as <see cref="Mark"/>, for who plans rules.</summary>
    public static uint MarkOf(RulesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return 1u << (options.MasqueradeBit == Bit ? OtherBit : Bit);
    }

    /// <summary>What the host lacks; see <see cref="IRulesBackend.ProbeAsync"/>.</summary>
    public ImmutableArray<string> Probe() => _ip.Exists ? [] : ["the tool ip (package iproute2) is missing"];

    /// <summary>What a full application hands to <c>ip</c>; see <see cref="IRulesBackend.Plan"/>. For families that have Services.</summary>
    public string Plan(RulesState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StringBuilder text = new();
        foreach (AddressFamily family in FamiliesOf(state))
        {
            text.Append("# ip ").Append(IPTool.FamilyFlag(family)).Append(" -batch -\n")
                .Append(RouteCommand).Append('\n').Append(RuleCommand).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Puts rule and route there, if they are not, in each family that has Services. What is right is left as it is.</summary>
    /// <exception cref="RulesException">A command failed.</exception>
    public async Task ApplyAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (AddressFamily family in FamiliesOf(state))
        {
            List<string> commands = [];
            if (!await HasRouteAsync(family, cancellation))
            {
                commands.Add(RouteCommand);
            }

            ImmutableArray<JsonElement> rules = await OwnRulesAsync(family, cancellation);
            commands.AddRange(rules.Where(r => !IsRight(r)).Select(DeleteCommand));
            if (!rules.Any(IsRight))
            {
                commands.Add(RuleCommand);
            }

            await _ip.BatchAsync(family, commands, cancellation);
        }
    }

    /// <summary>Whether all that <see cref="ApplyAsync"/> puts there is there.</summary>
    public async Task<bool> IsIntactAsync(RulesState state, CancellationToken cancellation) =>
        (await DiffAsync(state, cancellation)).IsEmpty;

    /// <summary>See <see cref="IRulesBackend.DiffAsync"/>.</summary>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        foreach (AddressFamily family in FamiliesOf(state))
        {
            string flag = IPTool.FamilyFlag(family);
            if (!await HasRouteAsync(family, cancellation))
            {
                lines.Add($"- ip {flag} {RouteCommand}");
            }

            ImmutableArray<JsonElement> rules = await OwnRulesAsync(family, cancellation);
            lines.AddRange(rules.Where(r => !IsRight(r)).Select(r => $"+ ip {flag} {DeleteCommand(r)}"));
            if (!rules.Any(IsRight))
            {
                lines.Add($"- ip {flag} {RuleCommand}");
            }
        }

        return lines.ToImmutable();
    }

    /// <summary>Removes what carries our number, whatever its mark is, in both families; true when there was something.</summary>
    /// <exception cref="RulesException">Something could not be removed.</exception>
    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        if (!_ip.Exists)
        {
            return false;
        }

        bool any = false;
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            List<string> commands = [.. (await OwnRulesAsync(family, cancellation)).Select(DeleteCommand)];
            if (await HasRouteAsync(family, cancellation))
            {
                commands.Add($"route del local default dev lo table {Table} proto {IPTool.OwnProtocol}");
            }

            any |= commands.Count > 0;
            await _ip.BatchAsync(family, commands, cancellation);
        }

        return any;
    }

    private static IEnumerable<AddressFamily> FamiliesOf(RulesState state) =>
        state.Families.Where(f => !f.Services.IsEmpty).Select(f => f.Family);

    private static string DeleteCommand(JsonElement rule) =>
        $"rule del fwmark {SelectorOf(rule)} lookup {Table} priority {Priority} protocol {IPTool.OwnProtocol}";

    /// <summary>A mask of all ones is left out of the listing.</summary>
    private static string SelectorOf(JsonElement rule) =>
        IPTool.Text(rule, "fwmask") is { Length: > 0 } mask ? $"{IPTool.Text(rule, "fwmark")}/{mask}" : IPTool.Text(rule, "fwmark");

    private async Task<bool> HasRouteAsync(AddressFamily family, CancellationToken cancellation) =>
        (await _ip.ListAsync(family, $"route show table {Table} proto {IPTool.OwnProtocol}", cancellation))
        .Any(r => IPTool.Text(r, "dst") == "default" && IPTool.Text(r, "dev") == "lo");

    private async Task<ImmutableArray<JsonElement>> OwnRulesAsync(AddressFamily family, CancellationToken cancellation) =>
    [
        .. (await _ip.ListAsync(family, $"rule show priority {Priority}", cancellation))
        .Where(r => IPTool.Text(r, "protocol") == IPTool.OwnProtocol.ToString(CultureInfo.InvariantCulture)
            && IPTool.Text(r, "table") == Table.ToString(CultureInfo.InvariantCulture)),
    ];

    private bool IsRight(JsonElement rule) => SelectorOf(rule) == $"{MarkText}/{MarkText}";
}
