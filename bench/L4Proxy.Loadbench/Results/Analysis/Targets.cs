using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>What L4Proxy is to reach beside its peers, and what its portable engine may cost beside the other one.</summary>
internal static class Targets
{
    private const string Request = "CPU per request";
    private const string Connection = "CPU per connection";
    private const string Gigabyte = "CPU per GB";

    public static ImmutableArray<Target> All { get; } =
    [
        .. BesidePeers("rr-64", Request, 0.88, 1.00),
        .. BesidePeers("rr-64", Metrics.Throughput, 1.05, 1.00, isAtLeast: true),
        .. BesidePeers("rr-64", Metrics.P99, 1.00, 1.00),
        .. BesidePeers("lowload", Request, 0.80, 0.65),
        .. BesidePeers("crr", Connection, 0.92, 1.00),
        .. BesidePeers("bulk-down", Gigabyte, 0.70, 0.60),
        .. BesidePeers("bulk-up", Gigabyte, 0.70, 0.60),
        new("bulk-down", Gigabyte, SubjectNames.LinuxEngine, SubjectNames.HaproxySplice, 0.70),
        new("bulk-up", Gigabyte, SubjectNames.LinuxEngine, SubjectNames.HaproxySplice, 0.70),
        .. BesidePeers("idle", "bytes per connection", 0.20, 0.07),
        .. BesidePeers("failover-black-hole", "time to first byte p99 (us)", 0.05, 0.05),
        Alone("churn", Metrics.Errors, 0),
        Alone("reload", Metrics.Errors, 0),
        new("rr-64", Request, SubjectNames.PortableEngine, SubjectNames.LinuxEngine, 1.60),
    ];

    public static ImmutableArray<TargetOutcome> Check(IReadOnlyCollection<ScenarioAnalysis> scenarios) => [.. All.Select(t => t.Check(scenarios))];

    private static IEnumerable<Target> BesidePeers(string scenario, string metric, double haproxy, double nginx, bool isAtLeast = false) =>
    [
        new(scenario, metric, SubjectNames.LinuxEngine, SubjectNames.Haproxy, haproxy, isAtLeast),
        new(scenario, metric, SubjectNames.LinuxEngine, SubjectNames.Nginx, nginx, isAtLeast),
    ];

    private static Target Alone(string scenario, string metric, double most) => new(scenario, metric, SubjectNames.LinuxEngine, Peer: null, most);
}
