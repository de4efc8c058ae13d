using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Health;

/// <summary>
/// Asks the endpoints of the Services that want it, again and again, whether they accept connections. An endpoint
/// counts as healthy until enough checks in a row have failed. Calls must not overlap.
/// </summary>
internal sealed class ActiveHealthChecker : IDisposable
{
    /// <summary>
    /// Checks on their way at once; more wait their turn. Only silent endpoints hold a place for long. A quarter of
    /// the descriptors that a process gets by default (RLIMIT_NOFILE, soft limit 1024).
    /// </summary>
    private const int MaxConcurrent = 256;

    private readonly Dictionary<ServiceState, Dictionary<EndpointState, EndpointCheck>> _checks = [];
    private readonly SemaphoreSlim _places = new(MaxConcurrent);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ActiveHealthChecker(TimeProvider time, ILogger<ActiveHealthChecker> logger)
    {
        _time = time;
        _logger = logger;
    }

    /// <summary>
    /// Makes the running checks of a Service those that its entry in force wants. A check that goes on keeps its count;
    /// changed intervals apply from its next round.
    /// </summary>
    public void Follow(ServiceState service)
    {
        if (!service.Entry.Options.HealthCheck.Enabled)
        {
            Forget(service);
            return;
        }

        Dictionary<EndpointState, EndpointCheck> before = _checks.GetValueOrDefault(service) ?? [];
        Dictionary<EndpointState, EndpointCheck> now = [];
        foreach (EndpointState endpoint in service.Endpoints)
        {
            now.Add(endpoint, before.Remove(endpoint, out EndpointCheck? check) ? check : Start(service, endpoint));
        }

        _checks[service] = now;
        Stop(before);
    }

    /// <summary>Stops the checks of a Service.</summary>
    public void Forget(ServiceState service)
    {
        if (_checks.Remove(service, out Dictionary<EndpointState, EndpointCheck>? checks))
        {
            Stop(checks);
        }
    }

    /// <summary>Stops all checks.</summary>
    public void Dispose()
    {
        foreach (ServiceState service in _checks.Keys.ToArray())
        {
            Forget(service);
        }
    }

    private static void Stop(Dictionary<EndpointState, EndpointCheck> checks)
    {
        foreach (EndpointCheck check in checks.Values)
        {
            check.Dispose();
        }
    }

    private EndpointCheck Start(ServiceState service, EndpointState endpoint)
    {
        EndpointCheck check = new(service, endpoint, _places, _time, _logger);
        _ = Task.Run(check.RunAsync);
        return check;
    }
}
