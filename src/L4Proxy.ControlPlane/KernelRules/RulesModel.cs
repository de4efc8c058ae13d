using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>
/// Tables to the states that rules are planned from. An entry that is the same object gives the same <see cref="ServiceRules"/>. For one
/// thread at a time.
/// </summary>
/// <param name="options">Networks and marks.</param>
public sealed class RulesModel(RulesOptions options)
{
    private readonly ConditionalWeakTable<ServiceEntry, FamilyPair> _known = [];

    /// <summary>The state of a snapshot whose frontends are the Services' own addresses.</summary>
    public RulesState Of(SourceSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new RulesState(Family(snapshot, AddressFamily.InterNetwork), Family(snapshot, AddressFamily.InterNetworkV6));
    }

    private FamilyRules Family(SourceSnapshot snapshot, AddressFamily family)
    {
        ImmutableArray<ServiceRules>.Builder services = ImmutableArray.CreateBuilder<ServiceRules>(snapshot.Table.Services.Length);
        SortedSet<string> nodePortAddresses = new(StringComparer.Ordinal);
        bool everywhere = false;
        foreach (ServiceEntry entry in snapshot.Table.Services)
        {
            if (_known.GetValue(entry, static e => new FamilyPair(e)).Of(family) is not { } rules)
            {
                continue;
            }

            services.Add(rules);
            foreach (FrontendEntry frontend in entry.Frontends)
            {
                if (frontend.Kind == FrontendKind.NodePort && frontend.Address.AddressFamily == family)
                {
                    bool isWildcard = frontend.Address.Address.Equals(IPAddress.Any) || frontend.Address.Address.Equals(IPAddress.IPv6Any);
                    everywhere |= isWildcard;
                    _ = isWildcard || nodePortAddresses.Add(frontend.Address.Address.ToString());
                }
            }
        }

        return new FamilyRules
        {
            Family = family,
            Services = services.DrainToImmutable(),
            PodNetworks = [.. snapshot.PodNetworks.Networks.Where(n => n.BaseAddress.AddressFamily == family)],
            ServiceNetworks = [.. options.ServiceNetworks.Where(n => n.BaseAddress.AddressFamily == family)],
            NodePortsOnAllAddresses = everywhere,
            NodePortAddresses = everywhere ? [] : [.. nodePortAddresses.Select(IPAddress.Parse)],
        };
    }

    /// <summary>One entry in both families; null in a family of which it has no address.</summary>
    private sealed class FamilyPair(ServiceEntry entry)
    {
        private readonly ServiceRules? _ipv4 = ServiceRulesOf(entry, AddressFamily.InterNetwork);
        private readonly ServiceRules? _ipv6 = ServiceRulesOf(entry, AddressFamily.InterNetworkV6);

        public ServiceRules? Of(AddressFamily family) => family == AddressFamily.InterNetwork ? _ipv4 : _ipv6;
    }

    private static ServiceRules? ServiceRulesOf(ServiceEntry entry, AddressFamily family)
    {
        ImmutableArray<FrontendEntry> frontends = entry.Frontends.RemoveAll(f => f.Address.AddressFamily != family);
        if (frontends.IsEmpty)
        {
            return null;
        }

        FrontendEntry? @internal = frontends.FirstOrDefault(f => f.Kind == FrontendKind.ClusterIP);
        FrontendEntry? nodePort = frontends.FirstOrDefault(f => f.Kind == FrontendKind.NodePort);
        FrontendEntry? external = frontends.FirstOrDefault(f => f.Kind is FrontendKind.ExternalIP or FrontendKind.LoadBalancer) ?? nodePort;
        IEnumerable<EndpointEntry> endpoints = entry.Endpoints.Where(e => e.Address.AddressFamily == family);
        return new ServiceRules
        {
            Key = entry.Key,
            Port = frontends.FirstOrDefault(f => f.Kind != FrontendKind.NodePort)?.Address.Port ?? 0,
            ClusterIPs = [.. frontends.Where(f => f.Kind == FrontendKind.ClusterIP).Select(f => f.Address.Address)],
            ExternalAddresses =
            [
                .. frontends.Where(f => f.Kind is FrontendKind.ExternalIP or FrontendKind.LoadBalancer)
                    .Select(f => new ExternalAddress(f.Address.Address, f.Kind, f.AllowedSources)),
            ],
            NodePort = nodePort?.Address.Port ?? 0,
            ClusterEndpoints = [.. endpoints.Where(e => e.Usable).Select(e => e.Address)],
            LocalEndpoints = [.. endpoints.Where(e => e.UsableLocally).Select(e => e.Address)],
            InternalScope = @internal?.FromOutside ?? EndpointScope.Cluster,
            ExternalScope = external?.FromOutside ?? EndpointScope.Cluster,
            HasAnyEndpoint = endpoints.Any(e => e.Ready || (e.Serving && e.Terminating)),
            AffinitySeconds = entry.Options.Affinity.Kind == AffinityKind.ClientIP ? (int)entry.Options.Affinity.Timeout.TotalSeconds : 0,
            Options = entry.Options,
        };
    }
}
