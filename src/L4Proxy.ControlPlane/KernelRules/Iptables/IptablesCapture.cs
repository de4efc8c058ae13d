using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Routes;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>
/// Leads TCP connections to Services to this host's capture listener, by a constant number of iptables rules that look into sets. UDP is left
/// alone.
/// </summary>
public sealed class IptablesCapture : IRulesBackend
{
    private readonly RulesOptions _options;
    private readonly IHostTools _tools;
    private readonly ILogger _logger;
    private readonly IptablesVariant? _fixed;
    private readonly PolicyRouting _routing;
    private FamilyCapture[]? _families;
    private bool _isAlone;
    private RulesState? _inForce;

    public IptablesCapture(RulesOptions options, IHostTools tools, ILogger logger)
        : this(options, tools, logger, variant: null)
    {
    }

    /// <param name="options">Capture port, and whether the proxy speaks from the client's address.</param>
    /// <param name="tools">This host's.</param>
    /// <param name="logger">Where it says which variant it uses.</param>
    /// <param name="variant">The variant to use; null to choose the one that others on this host use.</param>
    internal IptablesCapture(RulesOptions options, IHostTools tools, ILogger logger, IptablesVariant? variant)
    {
        _options = options;
        _tools = tools;
        _logger = logger;
        _fixed = variant;
        _routing = new PolicyRouting(options, tools);
    }

    /// <inheritdoc/>
    public string Name => "capture-iptables";

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation)
    {
        IptablesVariant variant = _fixed ?? await VariantChoice.ChooseAsync(_tools, cancellation);
        IptablesTool tool = new(_tools, AddressFamily.InterNetwork, variant);
        ImmutableArray<string> missing = await IptablesProbe.RunAsync(
            tool,
            _options.TransparentSource ? IptablesProbe.Capture.AddRange(IptablesProbe.TransparentSource) : IptablesProbe.Capture,
            cancellation);
        if (missing.IsEmpty)
        {
            missing = await IptablesProbe.SetsAsync(tool, cancellation);
        }

        return missing.AddRange(_routing.Probe());
    }

    /// <inheritdoc/>
    public string Plan(RulesState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StringBuilder text = new();
        foreach (FamilyRules family in state.Families.Where(f => !f.Services.IsEmpty))
        {
            IptablesTool tool = new(_tools, family.Family, _fixed ?? IptablesVariant.Host);
            CaptureSets sets = new(family.IsIPv6);
            text.Append("# ipset restore\n").Append(sets.Full(sets.Elements(family.Services)));
            CaptureLanding.Plan(text, family.IsIPv6)
                .Append(CultureInfo.InvariantCulture, $"# {tool.RestoreName} {string.Join(' ', IptablesTool.RestoreArguments)}\n")
                .Append(FamilyCapture.Plan(family, _options));
        }

        return _options.TransparentSource ? text.Append(_routing.Plan(state)).ToString() : text.ToString();
    }

    /// <inheritdoc/>
    public async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        FamilyCapture[] families = await FamiliesAsync(cancellation);
        foreach (FamilyCapture family in _isAlone ? [] : families)
        {
            await Removal.FromOtherVariantAsync(family.Tool, ChainNames.IsCapture, RemoveAsync, _logger, cancellation);
        }

        _isAlone = true;
        if (_options.TransparentSource && (full || _inForce is null || FamiliesOf(_inForce) != FamiliesOf(state)))
        {
            await _routing.ApplyAsync(state, cancellation);
        }

        _inForce = null;
        RulesException? first = null;
        foreach (FamilyCapture family in families)
        {
            try
            {
                await family.ApplyAsync(RulesOf(state, family), full, cancellation);
            }
            catch (RulesException e)
            {
                // One family's trouble is none of the other's.
                first ??= e;
            }
        }

        _inForce = first is null ? state : throw first;
    }

    /// <inheritdoc/>
    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        foreach (FamilyCapture family in await FamiliesAsync(cancellation))
        {
            if (!await family.IsIntactAsync(cancellation))
            {
                return false;
            }
        }

        return !_options.TransparentSource || _inForce is null || await _routing.IsIntactAsync(_inForce, cancellation);
    }

    /// <inheritdoc/>
    public Task WaitForRemovalAsync(CancellationToken cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, cancellation);

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<string> lines = [];
        foreach (FamilyCapture family in await FamiliesAsync(cancellation))
        {
            lines.AddRange(await family.DiffAsync(RulesOf(state, family), cancellation));
        }

        return _options.TransparentSource ? [.. lines, .. await _routing.DiffAsync(state, cancellation)] : [.. lines];
    }

    /// <inheritdoc/>
    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        _families = null;
        _inForce = null;
        bool found = await Removal.EverywhereAsync(_tools, RemoveAsync, cancellation);
        return await RemoveSetsAsync(cancellation) || found;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (bool, bool) FamiliesOf(RulesState state) => (state.IPv4.Services.IsEmpty, state.IPv6.Services.IsEmpty);

    private static FamilyRules RulesOf(RulesState state, FamilyCapture family) =>
        family.Family == AddressFamily.InterNetworkV6 ? state.IPv6 : state.IPv4;

    private async Task<bool> RemoveAsync(IptablesTool tool, SavedTables saved, CancellationToken cancellation)
    {
        // Routes may be another backend's as well; they are ours to remove while chains of ours use them.
        if (saved.Has(IptablesTable.Mangle, ChainNames.CaptureReturn))
        {
            await _routing.CleanUpAsync(cancellation);
        }

        bool found = await Removal.RunAsync(tool, saved, ChainNames.IsCapture, cancellation);
        await new CaptureLanding(_tools).RemoveAsync(tool.IsIPv6, cancellation);
        return found;
    }

    private async Task<bool> RemoveSetsAsync(CancellationToken cancellation)
    {
        IpsetTool ipset = new(_tools);
        HashSet<string> names = ipset.Exists ? await ipset.NamesAsync(cancellation) : [];
        string[] ours = [.. new CaptureSets(isIPv6: false).AllNames.Concat(new CaptureSets(isIPv6: true).AllNames).Where(names.Contains)];
        await ipset.RestoreAsync(string.Concat(ours.Select(name => $"destroy {name}\n")), cancellation);
        return ours.Length > 0;
    }

    private async Task<FamilyCapture[]> FamiliesAsync(CancellationToken cancellation)
    {
        if (_families is null)
        {
            IptablesVariant variant = _fixed ?? await VariantChoice.ChooseAsync(_tools, cancellation);
            IptablesTool ipv4 = new(_tools, AddressFamily.InterNetwork, variant);
            IptablesTool ipv6 = new(_tools, AddressFamily.InterNetworkV6, variant);
            IptablesLog.Chosen(_logger, ipv4.RestoreName);
            _families = [new FamilyCapture(ipv4, _options), new FamilyCapture(ipv6, _options)];
        }

        return _families;
    }
}
