using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Reflection;
using L4Proxy.Admin;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>
/// Runs a proxy from a source of tables until it is told to stop. The soft limit of open files needs no code here:
/// the .NET runtime raises it to the hard limit when it starts.
/// </summary>
internal sealed class ProxyHost
{
    private readonly ITableSource _source;
    private readonly HostSettings _settings;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ReadyFile _readyFile;
    private readonly NodeEndpoints? _node;
    private readonly RulesRun? _rules;

    private ProxyHost(ITableSource source, HostSettings settings, NodeEndpoints? node, RulesRun? rules, ILoggerFactory loggers, ReadyFile readyFile)
    {
        _source = source;
        _node = node;
        _rules = rules;
        _settings = settings;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ProxyHost>();
        _readyFile = readyFile;
    }

    /// <summary>
    /// Serves what the source says. SIGTERM, SIGINT or <paramref name="stop"/> drain; a second signal ends at once;
    /// SIGHUP reloads the source. Returns the exit code; every failure is one logged line.
    /// </summary>
    /// <param name="createSource">Where the table comes from.</param>
    /// <param name="settings">How the process runs.</param>
    /// <param name="stop">Stops as a signal does.</param>
    /// <param name="whenReady">
    /// Runs beside the proxy from the moment the first table is served; its token is cancelled before the proxy drains.
    /// </param>
    public static async Task<int> RunAsync(
        SourceFactory createSource, HostSettings settings, CancellationToken stop, Func<ProxyServer, CancellationToken, Task>? whenReady = null)
    {
        await using ServiceProvider services = HostServices.Build(settings);
        ILoggerFactory loggers = services.GetRequiredService<ILoggerFactory>();
        ILogger logger = loggers.CreateLogger<ProxyHost>();
        try
        {
            using ReadyFile readyFile = new(settings.ReadyFile);
            IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
            await using RulesRun? rules = settings.Rules is { Kind: { } kind } own ? await RulesRun.OpenAsync(own, kind, loggers, stop) : null;
            if (rules is null && settings.Rules?.Kind is not null)
            {
                return ExitCodes.CouldNotRun;
            }

            await using NodeEndpoints? node = settings.NodeEndpoints is { } endpoints
                ? new NodeEndpoints(endpoints with { ProxyMode = rules?.Mode ?? "userspace", RulesBackend = rules?.Backend }, meters, TimeProvider.System, loggers)
                : null;
            await using ITableSource source = createSource(loggers, node);
            ProxyHost host = new(source, settings, node, rules, loggers, readyFile);
            return await host.RunAsync(meters, whenReady, stop);
        }
        catch (RulesException e)
        {
            HostLog.CannotRun(logger, e.Message);
            return ExitCodes.CouldNotRun;
        }
        catch (Exception e) when (e is PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            HostLog.CannotRun(logger, e.Message);
            return ExitCodes.CouldNotRun;
        }
        catch (Exception e)
        {
            HostLog.Defect(logger, e.GetType().Name, e.Message);
            HostLog.DefectTrace(logger, e);
            return ExitCodes.CouldNotRun;
        }
    }

    private async Task<int> RunAsync(IMeterFactory meters, Func<ProxyServer, CancellationToken, Task>? whenReady, CancellationToken stop)
    {
        using StopSignals signals = new(Reload, stop);
        using AccessLog? accessLog = StartAccessLog();
        IProxyEngine engine = EngineFactory.Create(_settings.Engine, _settings.EngineOptions, accessLog, _loggers);
        await using ProxyServer server = new(engine, TimeProvider.System, _loggers);
        _ = new ProxyMetrics(meters, server);
        using TroubleReport trouble = new(() => server.Services, TimeProvider.System, _loggers.CreateLogger<TroubleReport>());
        HostLog.Starting(_logger, Version, engine.Name, Environment.ProcessId);
        _node?.Start();

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(signals.Stop);
        if (!await ServeAsync(server, whenReady, ending, signals.Hurry))
        {
            return ExitCodes.CouldNotRun;
        }

        await DrainAsync(server, signals);
        return ExitCodes.Ok;
    }

    /// <summary>Puts each table in force until told to stop; false when the first one cannot be served.</summary>
    private async Task<bool> ServeAsync(
        ProxyServer server, Func<ProxyServer, CancellationToken, Task>? whenReady, CancellationTokenSource ending, CancellationToken hurry)
    {
        SnapshotServing serving = new(server, _rules, _node, _logger);
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        using CancellationTokenRegistration limit =
            ending.Token.Register(() => abort.CancelAfter(_settings.Rules?.LastTransaction ?? TimeSpan.Zero));
        List<Task> companions = [];
        bool ready = false;
        await using ReadyFileUpdates readyFile = new(_readyFile, () => Lines(server.Listeners), TimeProvider.System, _logger);
        try
        {
            await foreach (SourceSnapshot snapshot in _source.WatchAsync(ending.Token))
            {
                if (ready)
                {
                    readyFile.Follow(await serving.ApplyAsync(snapshot, ending.Token));
                    continue;
                }

                if (!await serving.TryStartAsync(snapshot, _settings.EveryListenerRequired, ending.Token, abort.Token))
                {
                    return false;
                }

                ready = true;
                Announce(snapshot, server.Listeners);
                readyFile.Start();
                companions.AddRange(WorkOnRules(abort.Token).Select(work => AccompanyAsync(work, ending)));
                if (whenReady is not null)
                {
                    companions.Add(AccompanyAsync(stopping => whenReady(server, stopping), ending));
                }
            }

            ending.Token.ThrowIfCancellationRequested();
            throw new InvalidOperationException("the source of the table ended");
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested || hurry.IsCancellationRequested)
        {
            return true;
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(companions);
        }
    }

    /// <summary>
    /// What is done about rules beside serving: they are kept in force, and those of other runs go, for which a lock that somebody holds may
    /// be waited for.
    /// </summary>
    private IEnumerable<Func<CancellationToken, Task>> WorkOnRules(CancellationToken abort)
    {
        if (_rules is not null)
        {
            yield return stop => _rules.FollowAsync(stop, abort);
            yield return stop => _rules.SettleAsync(stop, abort);
        }
        else if (_settings.Rules is { } settings)
        {
            yield return stop => RulesRun.RemoveLeftoversAsync(settings, _loggers, stop, abort);
        }
    }

    /// <summary>Runs what was asked to run beside the proxy; a defect in it ends the process, as one in the proxy does.</summary>
    private static async Task AccompanyAsync(Func<CancellationToken, Task> work, CancellationTokenSource ending)
    {
        try
        {
            await work(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private static string Version =>
        typeof(ProxyHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private AccessLog? StartAccessLog()
    {
        if (!_settings.AccessLog && _settings.LogLevel > LogLevel.Debug)
        {
            return null;
        }

        AccessLineWriter line = _settings.LogFormat == LogFormat.Json ? new JsonAccessLine() : new TextAccessLine();
        return new AccessLog(line, Console.Error, TimeProvider.System, _loggers.CreateLogger<AccessLog>());
    }

    private void Reload()
    {
        HostLog.Reloading(_logger);
        _source.RequestReload();
    }

    private void Announce(SourceSnapshot snapshot, ImmutableArray<ListenerStatus> listeners)
    {
        if (_rules is { Balances: true } ? snapshot.Table.Services.IsEmpty : listeners.IsEmpty)
        {
            HostLog.NothingToServe(_logger);
        }

        _readyFile.Write(Lines(listeners));
        long milliseconds = (long)(DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds;
        if (_rules is { Balances: true })
        {
            HostLog.ReadyInKernel(_logger, snapshot.Table.Services.Length, _rules.Backend, milliseconds);
        }
        else
        {
            HostLog.Ready(_logger, snapshot.Table.Services.Length, listeners.Count(l => l.Open && !l.Frontend.Captured), milliseconds);
        }
    }

    /// <summary>Name, real address, and the addresses whose clients are meant to be led there, if any.</summary>
    private IEnumerable<string> Lines(ImmutableArray<ListenerStatus> listeners)
    {
        foreach (ListenerStatus listener in listeners.Where(l => l.LocalEndPoint is not null))
        {
            string line = $"{_settings.ReadyName(listener.Service)}\t{listener.LocalEndPoint}";
            yield return listener.Frontend.StandsFor.IsEmpty ? line : $"{line}\t{string.Join(',', listener.Frontend.StandsFor)}";
        }

        foreach ((string name, IPEndPoint address) in _node?.Addresses ?? [])
        {
            yield return $"{name}\t{address}";
        }
    }

    private async Task DrainAsync(ProxyServer server, StopSignals signals)
    {
        _node?.Draining();
        if (_rules is { Balances: true })
        {
            HostLog.Stopping(_logger);
            await _rules.EndAsync();
            return;
        }

        if (_rules is not null)
        {
            await _rules.BeginDrainAsync(signals.Hurry);
        }

        int live = server.Engine.Live;
        TimeSpan left = _settings.DrainTimeout - signals.StoppingFor;
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        HostLog.Draining(_logger, Math.Ceiling(left.TotalSeconds), live);
        int reset = await server.StopAsync(left, signals.Hurry);
        HostLog.Stopped(_logger, live, reset);
        if (_rules is not null)
        {
            await _rules.EndAsync();
        }
    }
}
