using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// Keeps what an exec plugin has handed out until it expires or is refused. The plugin never runs twice at once:
/// whoever needs a credential meanwhile waits for the run that is under way. A plugin that fails, or whose
/// credentials are refused, is asked again only after a while.
/// </summary>
internal sealed class ExecCredentials(ExecPlugin plugin, string? user, TimeProvider clock, ILogger logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PluginBackoff _failing = new(clock);
    private readonly PluginBackoff _refused = new(clock);
    private readonly string _name = $"{(user is null ? "" : $"user {user}: ")}exec plugin {plugin.Command}";
    private ExecCredential? _current;
    private Task<ExecCredential>? _run;
    private string? _failure;

    /// <exception cref="ApiUnreachableException">The plugin fails, or failed a moment ago.</exception>
    public Task<ExecCredential> GetAsync(CancellationToken cancellation)
    {
        Task<ExecCredential> run;
        lock (_gate)
        {
            if (_run is null && _current is { } current && !(clock.GetUtcNow() >= current.UseUntil))
            {
                return Task.FromResult(current);
            }

            if (_run is null && !_failing.IsOver)
            {
                throw new ApiUnreachableException(_failure!);
            }

            // Not the caller's to cancel: others may wait for the same run.
            run = _run ??= Task.Run(RunAsync, CancellationToken.None);
        }

        return run.WaitAsync(cancellation);
    }

    /// <summary>The server has refused a credential: drops it, unless the plugin's last one was refused only a moment ago.</summary>
    public void Reject(Credential rejected)
    {
        lock (_gate)
        {
            bool isCurrent = _current is { } current
                && current.Authorization == rejected.Authorization
                && (current.Certificate is null || current.Certificate == rejected.Certificate);
            if (isCurrent && _refused.IsOver)
            {
                _refused.Fail();
                _current = null;
            }
        }

    }

    /// <summary>The server has taken a credential.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            _refused.Reset();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task<ExecCredential> RunAsync()
    {
        long start = clock.GetTimestamp();
        try
        {
            ExecCredential issued = await ExecRun.RunAsync(plugin, clock, _stop.Token);
            AccessLog.PluginRan(logger, _name, (long)clock.GetElapsedTime(start).TotalMilliseconds);
            Finish(issued, null);
            return issued;
        }
        catch (Exception e) when (e is ExecFailedException or IOException)
        {
            string failure = $"{_name} {e.Message}";
            Finish(null, failure);
            throw new ApiUnreachableException(failure, e);
        }
    }

    private void Finish(ExecCredential? issued, string? failure)
    {
        lock (_gate)
        {
            _run = null;
            _current = issued;
            _failure = failure;
            if (failure is null)
            {
                _failing.Reset();
            }
            else
            {
                _failing.Fail();
            }
        }
    }
}
