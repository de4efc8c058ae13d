using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>Balances Services by rules of iptables, to the effect of kube-proxy's iptables mode.</summary>
public sealed class IptablesBalancing : IRulesBackend
{
    private readonly RulesOptions _options;
    private readonly IHostTools _tools;
    private readonly ILogger _logger;
    private readonly IptablesVariant? _fixed;
    private FamilyBalancing[]? _families;
    private bool _isAlone;

    public IptablesBalancing(RulesOptions options, IHostTools tools, ILogger logger)
        : this(options, tools, logger, variant: null)
    {
    }

    /// <param name="options">Networks and marks.</param>
    /// <param name="tools">This host's.</param>
    /// <param name="logger">Where it says which variant it uses.</param>
    /// <param name="variant">The variant to use; null to choose the one that others on this host use.</param>
    internal IptablesBalancing(RulesOptions options, IHostTools tools, ILogger logger, IptablesVariant? variant)
    {
        _options = options;
        _tools = tools;
        _logger = logger;
        _fixed = variant;
    }

    /// <inheritdoc/>
    public string Name => "iptables";

    /// <inheritdoc/>
    public ImmutableArray<RuleCount> Counts => [.. (_families ?? []).SelectMany(f => f.Counts)];

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation)
    {
        IptablesVariant variant = _fixed ?? await VariantChoice.ChooseAsync(_tools, cancellation);
        ImmutableArray<string> missing = await IptablesProbe.RunAsync(
            new IptablesTool(_tools, AddressFamily.InterNetwork, variant), IptablesProbe.Balancing, cancellation);
        return _options.LocalhostNodePorts && await new RouteLocalnet(_tools).ProbeAsync(cancellation) is { } problem ? missing.Add(problem) : missing;
    }

    /// <inheritdoc/>
    public string Plan(RulesState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        StringBuilder text = new();
        foreach (FamilyRules family in state.Families.Where(f => !f.Services.IsEmpty))
        {
            IptablesTool tool = new(_tools, family.Family, _fixed ?? IptablesVariant.Host);
            text.Append(CultureInfo.InvariantCulture, $"# {tool.RestoreName} {string.Join(' ', IptablesTool.RestoreArguments)}\n")
                .Append(BalancingPlan.Full(family, _options));
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        RulesException? first = null;
        foreach (FamilyBalancing family in await FamiliesAsync(cancellation))
        {
            if (!_isAlone)
            {
                await Removal.FromOtherVariantAsync(family.Tool, ChainNames.IsBalancing, FamilyBalancing.CleanUpAsync, _logger, cancellation);
            }

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

        _isAlone = true;
        if (first is not null)
        {
            throw first;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        foreach (FamilyBalancing family in await FamiliesAsync(cancellation))
        {
            if (!await family.IsIntactAsync(cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Nobody tells of removed rules but <c>nft monitor</c>, which would have to read all that is in force first.</remarks>
    public Task WaitForRemovalAsync(CancellationToken cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, cancellation);

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> DiffAsync(RulesState state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<string> lines = [];
        foreach (FamilyBalancing family in await FamiliesAsync(cancellation))
        {
            lines.AddRange(await family.DiffAsync(RulesOf(state, family), cancellation));
        }

        return [.. lines];
    }

    /// <inheritdoc/>
    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        _families = null;
        return await Removal.EverywhereAsync(_tools, FamilyBalancing.CleanUpAsync, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static FamilyRules RulesOf(RulesState state, FamilyBalancing family) =>
        family.Family == AddressFamily.InterNetworkV6 ? state.IPv6 : state.IPv4;

    private async Task<FamilyBalancing[]> FamiliesAsync(CancellationToken cancellation)
    {
        if (_families is null)
        {
            IptablesVariant variant = _fixed ?? await VariantChoice.ChooseAsync(_tools, cancellation);
            IptablesTool ipv4 = new(_tools, AddressFamily.InterNetwork, variant);
            IptablesTool ipv6 = new(_tools, AddressFamily.InterNetworkV6, variant);
            IptablesLog.Chosen(_logger, ipv4.RestoreName);
            _families = [new FamilyBalancing(ipv4, _options), new FamilyBalancing(ipv6, _options)];
        }

        return _families;
    }
}
