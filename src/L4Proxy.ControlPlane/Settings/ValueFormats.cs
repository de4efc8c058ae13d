using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>Formats that more than one place reads: settings, configuration and command line spell a value the same way.</summary>
public static class ValueFormats
{
    /// <summary>Timers count milliseconds in 32 bits with a sign: 24 days is the longest whole number of days.</summary>
    public static readonly TimeSpan MaxTimer = TimeSpan.FromDays(24);

    public static ChoiceFormat<bool> Boolean { get; } = new(("true", true), ("false", false));

    public static ChoiceFormat<BalanceMethod> Balance { get; } = new(
        ("round-robin", BalanceMethod.RoundRobin),
        ("least-connections", BalanceMethod.LeastConnections),
        ("random", BalanceMethod.Random),
        ("source-hash", BalanceMethod.SourceHash));

    /// <summary>Words of ipvsadm(8).</summary>
    public static ChoiceFormat<IpvsScheduler> IpvsScheduler { get; } = new(
        ("rr", DataPlane.Services.IpvsScheduler.RoundRobin),
        ("wrr", DataPlane.Services.IpvsScheduler.WeightedRoundRobin),
        ("lc", DataPlane.Services.IpvsScheduler.LeastConnections),
        ("wlc", DataPlane.Services.IpvsScheduler.WeightedLeastConnections),
        ("lblc", DataPlane.Services.IpvsScheduler.LocalityLeastConnections),
        ("lblcr", DataPlane.Services.IpvsScheduler.LocalityLeastConnectionsReplicated),
        ("sh", DataPlane.Services.IpvsScheduler.SourceHash),
        ("dh", DataPlane.Services.IpvsScheduler.DestinationHash),
        ("sed", DataPlane.Services.IpvsScheduler.ShortestExpectedDelay),
        ("nq", DataPlane.Services.IpvsScheduler.NeverQueue),
        ("mh", DataPlane.Services.IpvsScheduler.MaglevHash));

    public static ChoiceFormat<AffinityKind> Affinity { get; } = new(
        ("none", AffinityKind.None),
        ("client-ip", AffinityKind.ClientIP));

    /// <summary>Range of Service field <c>sessionAffinityConfig.clientIP.timeoutSeconds</c>.</summary>
    public static DurationFormat AffinityTimeout { get; } =
        new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(86400), unit: TimeSpan.FromSeconds(1));

    public static ChoiceFormat<OverflowAction> Overflow { get; } = new(
        ("wait", OverflowAction.Wait),
        ("reset", OverflowAction.Reset));

    public static ChoiceFormat<EndpointLeaveAction> EndpointLeave { get; } = new(
        ("keep", EndpointLeaveAction.Keep),
        ("grace", EndpointLeaveAction.Grace),
        ("reset", EndpointLeaveAction.Reset));

    public static ChoiceFormat<ProxyProtocolVersion> ProxyProtocol { get; } = new(
        ("none", ProxyProtocolVersion.None),
        ("v1", ProxyProtocolVersion.V1),
        ("v2", ProxyProtocolVersion.V2));

    /// <summary>Active health checks: off, or by TCP connect.</summary>
    public static ChoiceFormat<bool> HealthCheck { get; } = new(("off", false), ("tcp", true));
}
