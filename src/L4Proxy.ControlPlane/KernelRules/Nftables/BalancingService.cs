using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>Plans what one Service port needs.</summary>
/// <param name="service">The Service port.</param>
/// <param name="lists">The four kinds of lists of endpoints.</param>
/// <param name="isIPv6">The family.</param>
internal sealed class BalancingService(ServiceRules service, IReadOnlyDictionary<string, EndpointLists> lists, bool isIPv6)
{
    private readonly FamilyWords _words = FamilyWords.Of(isIPv6);
    private readonly string _protocol = NftText.Protocol(service.Key.Protocol);
    private readonly string _comment = service.Key.ToString();
    private readonly AffinityChains _affinity = new(service, FamilyWords.Of(isIPv6));
    private readonly List<NftElement> _elements = [];
    private readonly List<NftChain> _chains = [];
    private readonly List<NftObjects> _shared = [];

    public NftObjects Plan()
    {
        foreach (IPAddress address in service.ClusterIPs)
        {
            ClusterIP(address);
        }

        foreach (ExternalAddress external in service.ExternalAddresses)
        {
            string key = AddressKey(external.Address);
            Firewall(external, key);
            External(key, "", BalancingNames.ServiceIPs, BalancingNames.ExternalIPs, BalancingNames.LocalIPs, BalancingNames.External);
            NoEndpoints(BalancingNames.NoEndpointIPs, key, service.ExternalFate);
        }

        if (service.NodePort != 0)
        {
            string key = $"{_protocol} . {service.NodePort}";
            External(
                key,
                "nodeport-",
                BalancingNames.ServiceNodePorts,
                BalancingNames.ExternalNodePorts,
                BalancingNames.LocalNodePorts,
                BalancingNames.ExternalNodePort);
            NoEndpoints(BalancingNames.NoEndpointNodePorts, key, service.ExternalFate);
        }

        foreach (IPEndPoint endpoint in service.EndpointsOnThisNode)
        {
            string address = NftText.Address(endpoint.Address);
            _elements.Add(new(BalancingNames.Hairpin, $"{address} . {address} . {_protocol} . {endpoint.Port}"));
        }

        return new NftObjects
        {
            Collections = [.. _affinity.Sets],
            Chains = [.. _affinity.Chains, .. _chains],
            Elements = [.. _elements],
            Shared = [.. _shared],
        };
    }

    private void ClusterIP(IPAddress address)
    {
        string key = AddressKey(address);
        _elements.Add(new(ServiceNetworkCheck.ClusterIPs, NftText.Address(address)));
        if (service.InternalFate == ServiceFate.Serve)
        {
            Lead(BalancingNames.ServiceIPs, key, "", service.InternalScope);
        }
        else
        {
            NoEndpoints(BalancingNames.NoEndpointIPs, key, service.InternalFate);
        }
    }

    /// <summary>An external address, or a node port: clients inside may go to any endpoint even with a Local policy.</summary>
    private void External(string key, string kind, string services, string all, string local, string chain)
    {
        bool isLocal = service.ExternalScope == EndpointScope.Local;
        if (service.ClusterEndpoints.IsEmpty && service.ExternalEndpoints.IsEmpty)
        {
            return;
        }

        _elements.Add(new(services, key, $"goto {chain}{(isLocal ? "-local" : "")}", _comment));
        if (!service.ClusterEndpoints.IsEmpty)
        {
            Lead(all, key, kind, EndpointScope.Cluster);
        }

        if (isLocal && !service.LocalEndpoints.IsEmpty)
        {
            Lead(local, key, $"{kind}local-", EndpointScope.Local);
        }
    }

    /// <summary>Leads a key of a map to one of the endpoints.</summary>
    private void Lead(string map, string key, string kind, EndpointScope scope)
    {
        ImmutableArray<IPEndPoint> endpoints = service.EndpointsOf(scope);
        if (service.AffinitySeconds > 0)
        {
            string chain = _affinity.ListOf(scope == EndpointScope.Local ? "local" : "service", endpoints);
            _elements.Add(new(map, key, $"goto {chain}", _comment));
            return;
        }

        EndpointLists list = lists[kind];
        _elements.Add(new(map, key, $"goto {list.Picker(endpoints.Length)}", _comment));
        _shared.AddRange(list.Objects(endpoints.Length));
        for (int i = 0; i < endpoints.Length; i++)
        {
            _elements.Add(new(list.Map(i), key, NftText.AddressPort(endpoints[i])));
        }
    }

    private void NoEndpoints(string map, string key, ServiceFate fate)
    {
        if (fate != ServiceFate.Serve)
        {
            _elements.Add(new(map, key, fate == ServiceFate.Drop ? "drop" : $"goto {ServiceNetworkCheck.RejectChain}", _comment));
        }
    }

    private void Firewall(ExternalAddress external, string key)
    {
        if (external.AllowedSources.IsEmpty)
        {
            return;
        }

        ImmutableArray<string> sources = NftText.Networks(external.AllowedSources.Networks, isIPv6);
        if (sources.Any(s => s.EndsWith("/0", StringComparison.Ordinal)))
        {
            return;
        }

        string admitted = string.Join(", ", sources);
        string chain = NftText.Name("firewall", service.Key, admitted);
        NftRule rule = new(sources.IsEmpty ? "drop" : $"{_words.From(sources, isNot: true)} drop", "sources that are not admitted");
        if (!_chains.Any(c => c.Name == chain))
        {
            _chains.Add(new NftChain(chain, "", [rule]));
        }

        _elements.Add(new(BalancingNames.FirewallIPs, key, $"goto {chain}", _comment));
    }

    private string AddressKey(IPAddress address) => $"{NftText.Address(address)} . {_protocol} . {service.Port}";
}
