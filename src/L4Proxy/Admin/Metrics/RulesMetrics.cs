using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;

namespace L4Proxy.Admin.Metrics;

/// <summary>
/// Metrics of rules in the kernel: kube-proxy's own where it has them for the way that is used, and counters of L4Proxy's for all ways.
/// </summary>
/// <param name="backend">What the rules are made by, as <see cref="ControlPlane.KernelRules.IRulesBackend.Name"/> says it.</param>
internal sealed class RulesMetrics(string backend) : IMetricSource
{
    /// <summary>kube-proxy's buckets: 1 ms, doubled 14 times.</summary>
    private readonly Histogram _full = new([.. Enumerable.Range(0, 15).Select(i => 0.001 * (1 << i))]);

    private readonly Histogram _partial = new([.. Enumerable.Range(0, 15).Select(i => 0.001 * (1 << i))]);
    private long _failures;
    private long _partialFailures;
    private long _cleanupFailures;
    private long _restorations;
    private int _services;
    private int _failing;
    private RuleCount[] _counts = [];

    public void Applied(SourceSnapshot snapshot, bool full, TimeSpan took, IEnumerable<RuleCount> counts)
    {
        Volatile.Write(ref _counts, [.. counts]);
        (full ? _full : _partial).Observe(took.TotalSeconds);
        Volatile.Write(ref _services, snapshot.Table.Services.Length);
        Volatile.Write(ref _failing, 0);
    }

    public void Failed(bool full)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.Add(ref _partialFailures, full ? 0 : 1);
        Volatile.Write(ref _failing, 1);
    }

    public void Restored() => Interlocked.Increment(ref _restorations);

    public void CleanupFailed() => Interlocked.Increment(ref _cleanupFailures);

    public IEnumerable<MetricFamily> Collect()
    {
        yield return w => _full.Write(w, "kubeproxy_sync_full_proxy_rules_duration_seconds", "Time that writing all rules took.");
        yield return w => _partial.Write(w, "kubeproxy_sync_partial_proxy_rules_duration_seconds", "Time that writing the rules that changed took.");
        if (backend.Contains("nftables", StringComparison.Ordinal))
        {
            yield return Counter("kubeproxy_sync_proxy_rules_nftables_sync_failures_total", "Transactions of nft that failed.", () => _failures);
            yield return Counter(
                "kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total", "Leftovers of other modes that could not be removed.", () => _cleanupFailures);
        }
        else if (backend == "iptables")
        {
            yield return Rules("kubeproxy_sync_proxy_rules_iptables_total", "Rules of iptables that are in force.", c => c.Total);
            yield return Rules("kubeproxy_sync_proxy_rules_iptables_last", "Rules of iptables that the last application wrote.", c => c.Written);
        }

        if (!backend.Contains("nftables", StringComparison.Ordinal) && !backend.Contains("route", StringComparison.Ordinal))
        {
            yield return Counter("kubeproxy_sync_proxy_rules_iptables_restore_failures_total", "Applications of rules that failed.", () => _failures);
            yield return Counter(
                "kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total", "Those of them that were to write only what changed.", () => _partialFailures);
        }

        yield return Own("l4proxy_rules_apply_failures_total", "counter", "Applications of rules that failed.", () => _failures);
        yield return Own("l4proxy_rules_restorations_total", "counter", "Times that rules were restored after somebody else had removed them.", () => _restorations);
        yield return Own("l4proxy_rules_failing", "gauge", "1 while the newest rules are not in force because they could not be applied.", () => _failing);
        yield return Own("l4proxy_rules_services", "gauge", "Service ports whose rules are in force.", () => _services);
    }

    private static MetricFamily Counter(string name, string help, Func<long> value) => writer =>
    {
        writer.Head(name, "counter", help);
        writer.Series().Value(value());
    };

    private MetricFamily Rules(string name, string help, Func<RuleCount, int> value) => writer =>
    {
        writer.Head(name, "gauge", help);
        foreach (RuleCount count in Volatile.Read(ref _counts))
        {
            writer.Series().Label("ip_family", count.Family).Label("table", count.Table).Value(value(count));
        }
    };

    private MetricFamily Own(string name, string type, string help, Func<long> value) => writer =>
    {
        writer.Head(name, type, help);
        writer.Series().Label("backend", backend).Value(value());
    };
}
