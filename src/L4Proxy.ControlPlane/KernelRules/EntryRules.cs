using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>One entry of the table as rules know it: two Service ports, one in each family, of which one may be missing.</summary>
internal sealed class EntryRules
{
    private readonly ServiceRules? _ipv4;
    private readonly ServiceRules? _ipv6;
    private readonly ImmutableArray<IPAddress> _nodePortIPv4;
    private readonly ImmutableArray<IPAddress> _nodePortIPv6;

    public EntryRules(ServiceEntry entry)
    {
        _ipv4 = RulesOf(entry, AddressFamily.InterNetwork);
        _ipv6 = RulesOf(entry, AddressFamily.InterNetworkV6);
        _nodePortIPv4 = NodePortAddresses(entry, AddressFamily.InterNetwork);
        _nodePortIPv6 = NodePortAddresses(entry, AddressFamily.InterNetworkV6);
    }

    /// <summary>Null in a family of which the entry has no address.</summary>
    public ServiceRules? Of(AddressFamily family) => family == AddressFamily.InterNetwork ? _ipv4 : _ipv6;

    /// <summary>Where its node port is served; a wildcard address stands for all of its family.</summary>
    public ImmutableArray<IPAddress> NodePortAddressesOf(AddressFamily family) => family == AddressFamily.InterNetwork ? _nodePortIPv4 : _nodePortIPv6;

    private static ImmutableArray<IPAddress> NodePortAddresses(ServiceEntry entry, AddressFamily family) =>
        [.. entry.Frontends.Where(f => f.Kind == FrontendKind.NodePort && f.Address.AddressFamily == family).Select(f => f.Address.Address)];

    private static ServiceRules? RulesOf(ServiceEntry entry, AddressFamily family)
    {
        ImmutableArray<FrontendEntry> frontends = entry.Frontends.RemoveAll(f => f.Address.AddressFamily != family);
        if (frontends.IsEmpty)
        {
            return null;
        }

        FrontendEntry? @internal = frontends.FirstOrDefault(f => f.Kind == FrontendKind.ClusterIP);
        FrontendEntry? nodePort = frontends.FirstOrDefault(f => f.Kind == FrontendKind.NodePort);
        FrontendEntry? external = frontends.FirstOrDefault(IsExternal) ?? nodePort;
        EndpointEntry[] endpoints = [.. entry.Endpoints.Where(e => e.Address.AddressFamily == family)];
        return new ServiceRules
        {
            Key = entry.Key,
            Port = frontends.FirstOrDefault(f => f.Kind != FrontendKind.NodePort)?.Address.Port ?? 0,
            ClusterIPs = [.. frontends.Where(f => f.Kind == FrontendKind.ClusterIP).Select(f => f.Address.Address)],
            ExternalAddresses = [.. frontends.Where(IsExternal).Select(f => new ExternalAddress(f.Address.Address, f.Kind, f.AllowedSources))],
            NodePort = nodePort?.Address.Port ?? 0,
            ClusterEndpoints = [.. endpoints.Where(e => e.Usable).Select(e => e.Address)],
            LocalEndpoints = [.. endpoints.Where(e => e.UsableLocally).Select(e => e.Address)],
            ServingEndpoints = [.. endpoints.Where(e => e.Ready || e.Serving).Select(e => e.Address)],
            EndpointsOnThisNode = [.. endpoints.Where(e => e.OnThisNode && (e.Usable || e.UsableLocally)).Select(e => e.Address)],
            Weights = endpoints.Where(e => e.Weight != 1).DistinctBy(e => e.Address).ToImmutableDictionary(e => e.Address, e => e.Weight),
            InternalScope = @internal?.FromOutside ?? EndpointScope.Cluster,
            ExternalScope = external?.FromOutside ?? EndpointScope.Cluster,
            HasAnyEndpoint = Array.Exists(endpoints, e => e.Ready || (e.Serving && e.Terminating)),
            AffinitySeconds = entry.Options.Affinity.Kind == AffinityKind.ClientIP ? (int)entry.Options.Affinity.Timeout.TotalSeconds : 0,
            Options = entry.Options,
        };
    }

    private static bool IsExternal(FrontendEntry frontend) => frontend.Kind is FrontendKind.ExternalIP or FrontendKind.LoadBalancer;
}
