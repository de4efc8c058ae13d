using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.DataPlane.Health;

/// <summary>
/// Asks the endpoints of the Services that want it, again and again, whether they accept connections. An endpoint
/// counts as healthy until enough checks in a row have failed.
/// </summary>
internal sealed class ActiveHealthChecker : IDisposable
{
    /// <summary>
    /// Checks on their way at once; more wait their turn. Only silent endpoints hold a place for long. A quarter of
    /// the descriptors that a process gets by default (RLIMIT_NOFILE, soft limit 1024).
    /// </summary>
    private const int MaxConcurrent = 256;

    private readonly Dictionary<EndpointState, EndpointCheck> _checks = [];
    private readonly SemaphoreSlim _places = new(MaxConcurrent);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ActiveHealthChecker(TimeProvider time, ILogger<ActiveHealthChecker> logger)
    {
        _time = time;
        _logger = logger;
    }

    /// <summary>
    /// Makes the running checks those of these Services. A check that goes on keeps its count; changed intervals
    /// apply from its next round. Calls must not overlap.
    /// </summary>
    public void Update(IReadOnlyList<ServiceState> services)
    {
        HashSet<EndpointState> wanted = [];
        foreach (ServiceState service in services.Where(s => s.Entry.Options.HealthCheck.Enabled))
        {
            foreach (EndpointState endpoint in service.Endpoints)
            {
                wanted.Add(endpoint);
                if (!_checks.ContainsKey(endpoint))
                {
                    EndpointCheck check = new(service, endpoint, _places, _time, _logger);
                    _checks.Add(endpoint, check);
                    _ = Task.Run(check.RunAsync);
                }
            }
        }

        foreach ((EndpointState endpoint, EndpointCheck check) in _checks.Where(c => !wanted.Contains(c.Key)).ToList())
        {
            _checks.Remove(endpoint);
            check.Dispose();
        }
    }

    /// <summary>Stops all checks.</summary>
    public void Dispose() => Update([]);
}
