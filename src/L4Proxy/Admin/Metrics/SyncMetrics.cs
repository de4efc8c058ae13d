using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Admin.Metrics;

/// <summary>
/// Metrics under kube-proxy's own names (pkg/proxy/metrics), where they mean the same here, so that its dashboards and alerts
/// carry over. One table holds both IP families: what kube-proxy labels by family has no such label here, but where the
/// families can differ.
/// </summary>
internal sealed class SyncMetrics(TimeProvider time) : IMetricSource
{
    /// <summary>1 ms, doubled 14 times.</summary>
    private readonly Histogram _sync = new([.. Enumerable.Range(0, 15).Select(i => 0.001 * (1 << i))]);

    /// <summary>0.25 s to 5 min, closer together where the SLO lies.</summary>
    private readonly Histogram _programming = new([0.25, 0.5, .. Steps(1, 1, 59), .. Steps(60, 5, 12), .. Steps(120, 30, 7)]);

    private readonly Lock _gate = new();
    private readonly StatusCounter _healthz = new();
    private readonly StatusCounter _livez = new();
    private DateTimeOffset _lastQueued;
    private DateTimeOffset _lastApplied;
    private long? _applyingSince;
    private long _services;
    private long _slices;
    private int _servicesPending;
    private int _slicesPending;
    private ServiceTable _table = ServiceTable.Empty;

    public void CountHealthz(bool ok) => _healthz.Count(ok);

    public void CountLivez(bool ok) => _livez.Count(ok);

    public void Queued()
    {
        lock (_gate)
        {
            _lastQueued = time.GetUtcNow();
        }
    }

    /// <summary>The snapshot is about to be put in force.</summary>
    public void Applying(SnapshotChanges changes)
    {
        lock (_gate)
        {
            _applyingSince = time.GetTimestamp();
            _servicesPending = changes.Services;
            _slicesPending = changes.EndpointSlices;
        }
    }

    /// <summary>The snapshot is in force.</summary>
    public void Applied(SourceSnapshot snapshot)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (DateTimeOffset triggered in snapshot.Changes.Triggered)
        {
            // The trigger's clock is another host's; before it there is no "after".
            _programming.Observe(Math.Max(0, (now - triggered).TotalSeconds));
        }

        lock (_gate)
        {
            if (_applyingSince is { } since)
            {
                _sync.Observe(time.GetElapsedTime(since).TotalSeconds);
            }

            _applyingSince = null;
            _lastApplied = now;
            _services += snapshot.Changes.Services;
            _slices += snapshot.Changes.EndpointSlices;
            _servicesPending = 0;
            _slicesPending = 0;
            _table = snapshot.Table;
        }
    }

    public IEnumerable<MetricFamily> Collect()
    {
        yield return w => _programming.Write(w, "kubeproxy_network_programming_duration_seconds",
            "Time from the cause of a change of endpoints, as its EndpointSlice says it, until it was in force.");
        yield return w => _sync.Write(w, "kubeproxy_sync_proxy_rules_duration_seconds", "Time that putting a table in force took.");
        yield return Gauge("kubeproxy_sync_proxy_rules_last_timestamp_seconds", "When a table was last put in force.", () => Seconds(_lastApplied));
        yield return Gauge("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds", "When a change was last queued.", () => Seconds(_lastQueued));
        yield return Counter("kubeproxy_sync_proxy_rules_endpoint_changes_total", "Changes of EndpointSlices that were applied.", () => _slices);
        yield return Gauge("kubeproxy_sync_proxy_rules_endpoint_changes_pending", "Changes of EndpointSlices that are being applied.", () => _slicesPending);
        yield return Counter("kubeproxy_sync_proxy_rules_service_changes_total", "Changes of Services that were applied.", () => _services);
        yield return Gauge("kubeproxy_sync_proxy_rules_service_changes_pending", "Changes of Services that are being applied.", () => _servicesPending);
        yield return WriteShortage;
        yield return w => _healthz.Write(w, "kubeproxy_proxy_healthz_total", "Answers of /healthz, by status code.");
        yield return w => _livez.Write(w, "kubeproxy_proxy_livez_total", "Answers of /livez, by status code.");
    }

    private static IEnumerable<double> Steps(int first, int step, int count) => Enumerable.Range(0, count).Select(i => (double)(first + (i * step)));

    private static double Seconds(DateTimeOffset at) => at == default ? 0 : (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private MetricFamily Gauge(string name, string help, Func<double> value) => writer =>
    {
        writer.Head(name, "gauge", help);
        writer.Series().Value(Locked(value));
    };

    private MetricFamily Counter(string name, string help, Func<long> value) => writer =>
    {
        writer.Head(name, "counter", help);
        writer.Series().Value(Locked(value));
    };

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void WriteShortage(PrometheusWriter writer)
    {
        var shortage = LocalShortage.Of(Locked(() => _table));
        writer.Head("kubeproxy_sync_proxy_rules_no_local_endpoints_total", "gauge",
            "Service ports with a Local traffic policy that have endpoints, but none on this node.");
        foreach ((string family, string policy, int count) in shortage.Values())
        {
            writer.Series().Label("ip_family", family).Label("traffic_policy", policy).Value(count);
        }
    }

    /// <summary>Counts answers by status: 200 or 503. A code appears when it has happened, as in kube-proxy.</summary>
    private sealed class StatusCounter
    {
        private long _ok;
        private long _unavailable;

        public void Count(bool ok) => Interlocked.Increment(ref ok ? ref _ok : ref _unavailable);

        public void Write(PrometheusWriter writer, string name, string help)
        {
            writer.Head(name, "counter", help);
            Write(writer, "200", Interlocked.Read(ref _ok));
            Write(writer, "503", Interlocked.Read(ref _unavailable));
        }

        private static void Write(PrometheusWriter writer, string code, long count)
        {
            if (count > 0)
            {
                writer.Series().Label("code", code).Value(count);
            }
        }
    }
}
