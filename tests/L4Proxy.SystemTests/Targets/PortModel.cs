using System.Net;

namespace L4Proxy.SystemTests.Targets;

/// <summary>A port of a Service, with its endpoints in one family.</summary>
/// <param name="Protocol">TCP, UDP or SCTP.</param>
/// <param name="Number">Of cluster IPs and external addresses.</param>
/// <param name="NodePort">0 for none.</param>
/// <param name="ClusterEndpoints">For whom the policy is Cluster.</param>
/// <param name="LocalEndpoints">For whom the policy is Local.</param>
/// <param name="HasAnyEndpoint">Whether there is any that anybody could be led to.</param>
internal sealed record PortModel(
    string Protocol, int Number, int NodePort, IReadOnlyList<IPEndPoint> ClusterEndpoints, IReadOnlyList<IPEndPoint> LocalEndpoints, bool HasAnyEndpoint)
{
    public bool IsUdp => Protocol == "UDP";

    /// <summary>No endpoint anywhere: refused. None that this client may be led to: dropped.</summary>
    public Outcome Fate(IReadOnlyList<IPEndPoint> endpoints, bool keepsSource) =>
        endpoints.Count > 0 ? new Outcome(TargetFate.Served, endpoints, keepsSource)
        : HasAnyEndpoint ? Outcome.Dropped
        : Outcome.Refused;
}
