using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Telemetry;

/// <summary>
/// Logs what nobody should need the access log for: clients that no endpoint could serve, endpoints that are ejected and come
/// back. It looks at the counters from time to time, so it costs a connection nothing, and a flood of failures is a few lines.
/// </summary>
internal sealed class TroubleReport : IDisposable
{
    /// <summary>The first failure is told at the next look; while they go on, each tenth look, every ten seconds, tells how many.</summary>
    private const int LooksBetweenLines = 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private static readonly CloseReason[] s_failures = [CloseReason.ConnectFailed, CloseReason.ConnectTimeout, CloseReason.ResourceExhausted];

    private readonly Lock _gate = new();
    private readonly Func<IEnumerable<ServiceState>> _services;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    /// <summary>Only of Service ports that have had trouble: of ten thousand, most never have.</summary>
    private readonly Dictionary<ServiceState, Told> _told = [];

    private long _looks;

    /// <param name="services">The Service ports in force.</param>
    /// <param name="time">When to look.</param>
    /// <param name="logger">Where to tell.</param>
    public TroubleReport(Func<IEnumerable<ServiceState>> services, TimeProvider time, ILogger logger)
    {
        _services = services;
        _logger = logger;
        _timer = time.CreateTimer(_ => Look(final: false), null, s_interval, s_interval);
    }

    /// <summary>Tells what has not been told.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Look(final: true);
    }

    private void Look(bool final)
    {
        lock (_gate)
        {
            _looks++;
            foreach (ServiceState service in _services())
            {
                if (Of(service) is { } told)
                {
                    told.SeenAt = _looks;
                    TellFailures(service, told, final);
                    TellEjections(service, told);
                }
            }

            ForgetGone();
        }
    }

    /// <summary>What was told of a Service port; null when there is nothing to tell and never was.</summary>
    private Told? Of(ServiceState service)
    {
        if (!_told.TryGetValue(service, out Told? told) && HasTrouble(service))
        {
            _told.Add(service, told = new Told());
        }

        return told;
    }

    private static bool HasTrouble(ServiceState service)
    {
        foreach (CloseReason reason in s_failures)
        {
            if (service.ClosedFor(reason) > 0)
            {
                return true;
            }
        }

        return service.HasUnavailable;
    }

    private void ForgetGone()
    {
        foreach ((ServiceState service, Told told) in _told)
        {
            if (told.SeenAt != _looks)
            {
                // A dictionary may lose entries while it is gone through.
                _told.Remove(service);
            }
        }
    }

    private void TellFailures(ServiceState service, Told told, bool final)
    {
        if (!final && told.LooksToSkip > 0)
        {
            told.LooksToSkip--;
            return;
        }

        long clients = 0;
        List<string>? ends = null;
        for (int i = 0; i < s_failures.Length; i++)
        {
            long count = service.ClosedFor(s_failures[i]);
            long more = count - told.Failures[i];
            told.Failures[i] = count;
            if (more > 0)
            {
                clients += more;
                (ends ??= []).Add($"{s_failures[i].Code()} {more}");
            }
        }

        if (ends is not null)
        {
            told.LooksToSkip = LooksBetweenLines - 1;
            TroubleMessages.ClientsReset(_logger, service.Key, clients, string.Join(", ", ends));
        }
    }

    private void TellEjections(ServiceState service, Told told)
    {
        if (!service.HasUnavailable && told.Ejected.Count == 0)
        {
            return;
        }

        IReadOnlyList<EndpointState> endpoints = service.Endpoints;
        told.Ejected.RemoveWhere(e => !endpoints.Contains(e));
        foreach (EndpointState endpoint in endpoints)
        {
            bool ejected = endpoint.Ejected;
            if (ejected && told.Ejected.Add(endpoint))
            {
                TroubleMessages.Ejected(_logger, service.Key, endpoint.Address, endpoint.DialFailures, endpoint.DialTimeouts);
            }
            else if (!ejected && told.Ejected.Remove(endpoint))
            {
                TroubleMessages.Readmitted(_logger, service.Key, endpoint.Address);
            }
        }
    }

    /// <summary>What was told of a Service port.</summary>
    private sealed class Told
    {
        public long[] Failures { get; } = new long[s_failures.Length];

        public HashSet<EndpointState> Ejected { get; } = [];

        /// <summary>The look that last found the Service port in force.</summary>
        public long SeenAt { get; set; }

        /// <summary>Looks before failures are told again.</summary>
        public int LooksToSkip { get; set; }
    }
}
