using System.Collections.Immutable;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>Balancing by IPVS: a virtual server for every address of a Service port; README.md in this folder says the rest.</summary>
public sealed partial class IpvsBalancing : IRulesBackend
{
    /// <summary>How often endpoints that left are looked at, as kube-proxy does.</summary>
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMinutes(1);

    private readonly RulesOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly IpvsHost _host;
    private readonly IpvsProbe _probe;
    private readonly IpvsPlanner _planner;
    private readonly IpvsDevice _device;
    private readonly IpvsRuleSets _rules;
    private readonly IpvsDrains _drains;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stop = new();

    private IpvsState? _inForce;
    private HostAddresses _addresses = HostAddresses.None;
    private Task _sweeping = Task.CompletedTask;

    /// <summary>Touches nothing yet.</summary>
    /// <param name="options">Marks, networks, timeouts.</param>
    /// <param name="tools">ip, ipvsadm, ipset, iptables.</param>
    /// <param name="logger">Told of what the callers' results do not say.</param>
    /// <param name="time">By which endpoints that left are looked at; the system's unless given.</param>
    public IpvsBalancing(RulesOptions options, IHostTools tools, ILogger logger, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _host = new IpvsHost(tools);
        _probe = new IpvsProbe(tools, new IpvsSysctls(options.Ipvs));
        _planner = new IpvsPlanner(options);
        _device = new IpvsDevice(_host, options.Ipvs);
        _rules = new IpvsRuleSets(tools, options);
        _drains = new IpvsDrains(_time);
    }

    /// <inheritdoc/>
    public string Name => "ipvs";

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> ProbeAsync(CancellationToken cancellation) => _probe.RunAsync(cancellation);

    /// <inheritdoc/>
    public string Plan(RulesState state) => IpvsPlanText.Write(state, _options);

    /// <inheritdoc/>
    public async Task ApplyAsync(RulesState state, bool full, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(state);
        await _gate.WaitAsync(cancellation);
        try
        {
            IpvsState? current = _inForce;
            _inForce = null;
            IpvsState planned = _planner.Plan(state, _addresses);
            if (full || current is null || !_rules.AreFor(state) || !planned.HasFamiliesOf(current))
            {
                planned = await ApplyAllAsync(state, cancellation);
            }
            else
            {
                _drains.Keep(current, planned);
                var commands = IpvsCommands.Between(current, planned);
                await _host.AddSetsAsync(commands, cancellation);
                await _host.AddAsync(commands, cancellation);
                await _host.RemoveAsync(commands, cancellation);
            }

            _inForce = planned;
            await SweepAsync(planned, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsIntactAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return _inForce is { } state && await _host.HasCanariesAsync(state, cancellation) && await _rules.AreIntactAsync(state, cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task WaitForRemovalAsync(CancellationToken cancellation)
    {
        await foreach (string line in _host.FollowAsync(cancellation))
        {
            if (line.StartsWith("Deleted", StringComparison.Ordinal) && line.Contains(IpvsNames.Device, StringComparison.Ordinal))
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
        await _gate.WaitAsync(cancellation);
        try
        {
            HostAddresses addresses = await _host.ReadAddressesAsync(cancellation);
            IpvsState planned = _planner.Plan(state, addresses);
            IpvsState current = await _host.ReadStateAsync(addresses, cancellation);
            return [.. IpvsDiff.Between(planned, current, addresses), .. await _rules.DiffAsync(state, cancellation)];
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CleanUpAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            _inForce = null;
            return await new IpvsCleanUp(_host, _device, _rules).RunAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeping;
        _stop.Dispose();
        _gate.Dispose();
    }

    /// <summary>Compares with the kernel itself, and mends what differs.</summary>
    private async Task<IpvsState> ApplyAllAsync(RulesState state, CancellationToken cancellation)
    {
        HostAddresses addresses = await _host.ReadAddressesAsync(cancellation);
        IpvsState current = await _host.ReadStateAsync(addresses, cancellation);
        await _device.EnsureAsync(addresses, cancellation);
        IpvsState planned = _planner.Plan(state, addresses);
        foreach (VirtualAddress key in current.Foreign.Keys.Where(planned.Servers.ContainsKey))
        {
            LogTakenOver(_logger, key);
            current.Servers[key] = current.Foreign[key];
        }

        _drains.Keep(current, planned);
        var commands = IpvsCommands.Between(current, planned);
        await _host.AddSetsAsync(commands, cancellation);
        await _rules.ApplyAsync(state, cancellation);
        await _host.AddAsync(commands, cancellation);
        await _host.RemoveAsync(commands, cancellation);
        _addresses = addresses;
        return planned;
    }

    /// <summary>Removes endpoints that left and are idle; whoever stays is looked at again in a minute.</summary>
    private async Task SweepAsync(IpvsState state, CancellationToken cancellation)
    {
        if (_drains.Count == 0)
        {
            return;
        }

        await _host.ChangeServersAsync(_drains.Finish(state, await _host.ReadIdleAsync(_drains.Servers, cancellation)), cancellation);
        if (_drains.Count > 0 && _sweeping.IsCompleted)
        {
            _sweeping = SweepUntilDoneAsync();
        }
    }

    private async Task SweepUntilDoneAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(s_sweepInterval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested || await IsSweptAsync())
            {
                return;
            }
        }
    }

    /// <summary>Whether nothing is left to be looked at.</summary>
    private async Task<bool> IsSweptAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_inForce is { } state && _drains.Count > 0)
            {
                await _host.ChangeServersAsync(_drains.Finish(state, await _host.ReadIdleAsync(_drains.Servers, _stop.Token)), _stop.Token);
            }
        }
        catch (RulesException e)
        {
            // What is in force is not known any more: the next application looks.
            _inForce = null;
            LogSweepFailed(_logger, e.Message);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        finally
        {
            _gate.Release();
        }

        return _drains.Count == 0;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "ipvs: virtual server {Server} was there before and is a Service's: it is taken over")]
    private static partial void LogTakenOver(ILogger logger, VirtualAddress server);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ipvs: endpoints that left could not be removed: {Error}")]
    private static partial void LogSweepFailed(ILogger logger, string error);
}
