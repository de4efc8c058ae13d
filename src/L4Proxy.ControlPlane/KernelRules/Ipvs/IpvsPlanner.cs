using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Ipvs;

/// <summary>From what is wanted to what the kernel ought to have. Pure but for a memory of Services that did not change.</summary>
internal sealed class IpvsPlanner(RulesOptions options)
{
    /// <summary>
    /// Where connections of an endpoint that left go on until either side ends them, they are not waited for longer than this: a real
    /// server that never becomes idle would stay for ever.
    /// </summary>
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromDays(1);

    private readonly ConditionalWeakTable<ServiceRules, ServerPair> _known = [];
    private readonly NetworkSet _excluded = NetworkSet.Of(options.Ipvs.ExcludeCIDRs);

    /// <param name="state">What is wanted.</param>
    /// <param name="host">Addresses of this host, for node ports on all of them.</param>
    public IpvsState Plan(RulesState state, HostAddresses host)
    {
        IpvsState plan = new();
        foreach (FamilyRules family in state.Families.Where(f => !f.Services.IsEmpty))
        {
            plan.AddSets(family.IsIPv6);
            foreach (IPNetwork network in family.PodNetworks)
            {
                AddNetwork(plan, family.IsIPv6, IpvsNames.Pods, "", network);
            }

            foreach (HealthCheckPort check in family.HealthCheckPorts)
            {
                plan.AddEntry(family.IsIPv6, IpvsNames.HealthChecks, check.Port.ToString(CultureInfo.InvariantCulture));
            }

            ImmutableArray<IPAddress> nodePortAddresses =
                family.NodePortsOnAllAddresses ? [.. host.OfFamily(family.Family)] : family.NodePortAddresses;
            foreach (ServiceRules service in family.Services)
            {
                AddService(plan, family, service, nodePortAddresses, host);
            }
        }

        return plan;
    }

    private void AddService(IpvsState plan, FamilyRules family, ServiceRules service, ImmutableArray<IPAddress> nodePortAddresses, HostAddresses host)
    {
        if (!service.ClusterIPs.IsEmpty)
        {
            VirtualServer server = _known.GetValue(service, static s => new ServerPair(s)).Internal;
            foreach (IPAddress address in service.ClusterIPs)
            {
                if (Add(plan, service, address, service.Port, server, host) is { } entry)
                {
                    plan.AddEntry(family.IsIPv6, IpvsNames.Cluster, entry);
                    DropUnlessServed(plan, family.IsIPv6, service.InternalFate, IpvsNames.Drop, entry);
                }
            }
        }

        if (service.IsExternal)
        {
            AddExternal(plan, family, service, nodePortAddresses, host);
        }

        foreach (IPEndPoint endpoint in service.ClusterEndpoints.Concat(service.LocalEndpoints))
        {
            plan.AddEntry(family.IsIPv6, IpvsNames.Hairpin, $"{new VirtualAddress(service.Key.Protocol, endpoint).SetEntry},{endpoint.Address}");
        }
    }

    private void AddExternal(IpvsState plan, FamilyRules family, ServiceRules service, ImmutableArray<IPAddress> nodePortAddresses, HostAddresses host)
    {
        VirtualServer server = _known.GetValue(service, static s => new ServerPair(s)).External;
        string set = service.ExternalScope == EndpointScope.Local ? IpvsNames.Local : IpvsNames.External;
        IEnumerable<(IPAddress Address, int Port, NetworkSet Sources)> frontends = service.ExternalAddresses
            .Select(e => (e.Address, service.Port, e.AllowedSources))
            .Concat(service.NodePort == 0 ? [] : nodePortAddresses.Select(a => (a, service.NodePort, NetworkSet.Empty)));
        foreach ((IPAddress address, int port, NetworkSet sources) in frontends)
        {
            if (Add(plan, service, address, port, server, host) is { } entry)
            {
                plan.AddEntry(family.IsIPv6, set, entry);
                DropUnlessServed(plan, family.IsIPv6, service.ExternalFate, IpvsNames.DropOutside, entry);
                AddSources(plan, family.IsIPv6, entry, address, sources, host);
            }
        }
    }

    /// <summary>A virtual server and its address; null where it is none of ours, or another Service's.</summary>
    private string? Add(IpvsState plan, ServiceRules service, IPAddress address, int port, VirtualServer server, HostAddresses host)
    {
        VirtualAddress key = new(service.Key.Protocol, new IPEndPoint(address, port));
        if (_excluded.Contains(ClientAddress.From(key.Address)) || !plan.Servers.TryAdd(key, server))
        {
            return null;
        }

        plan.AddEntry(key.IsIPv6, IpvsNames.Servers, key.SetEntry);

        // The own addresses are those of node ports, or a Service's that the host has anyhow.
        bool isServiceAddress = port == service.Port && (service.ClusterIPs.Contains(address) || service.ExternalAddresses.Any(e => e.Address.Equals(address)));
        if (isServiceAddress && !host.Own.Contains(address) && plan.Addresses.Add(address))
        {
            plan.AddEntry(key.IsIPv6, IpvsNames.Addresses, address.ToString());
        }

        return key.SetEntry;
    }

    private static void DropUnlessServed(IpvsState plan, bool isIPv6, ServiceFate fate, string set, string entry)
    {
        // Without a real server the kernel refuses by itself.
        if (fate == ServiceFate.Drop)
        {
            plan.AddEntry(isIPv6, set, entry);
        }
    }

    private static void AddSources(IpvsState plan, bool isIPv6, string entry, IPAddress address, NetworkSet sources, HostAddresses host)
    {
        if (sources.IsEmpty || sources.Networks.Any(n => n.PrefixLength == 0))
        {
            return;
        }

        plan.AddEntry(isIPv6, IpvsNames.Restricted, entry);
        foreach (IPNetwork network in sources.Networks)
        {
            AddNetwork(plan, isIPv6, IpvsNames.Allowed, $"{entry},", network);
        }

        // Connections of the host itself have the local address that they go to as their source.
        if (host.Own.Any(a => sources.Contains(ClientAddress.From(new IPEndPoint(a, 0)))))
        {
            plan.AddEntry(isIPv6, IpvsNames.Allowed, $"{entry},{address}");
        }
    }

    private static void AddNetwork(IpvsState plan, bool isIPv6, string set, string prefix, IPNetwork network)
    {
        int length = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        switch (network.PrefixLength)
        {
            case 0:
                // ipset has no such network, but it has its halves.
                string upper = isIPv6 ? "8000::" : "128.0.0.0";
                plan.AddEntry(isIPv6, set, $"{prefix}{network.BaseAddress}/1");
                plan.AddEntry(isIPv6, set, $"{prefix}{upper}/1");
                break;
            case var full when full == length:
                plan.AddEntry(isIPv6, set, $"{prefix}{network.BaseAddress}");
                break;
            default:
                plan.AddEntry(isIPv6, set, string.Create(CultureInfo.InvariantCulture, $"{prefix}{network.BaseAddress}/{network.PrefixLength}"));
                break;
        }
    }

    private static VirtualServer ServerOf(ServiceRules service, ImmutableArray<IPEndPoint> endpoints)
    {
        IpvsScheduler scheduler = service.Options.IpvsScheduler;
        return new VirtualServer
        {
            Scheduler = ValueFormats.IpvsScheduler.Format(scheduler),
            Flags = scheduler == IpvsScheduler.MaglevHash ? "mh-port" : "",
            Persistence = service.AffinitySeconds,
            DrainTime = service.Options.OnEndpointLeave switch
            {
                EndpointLeaveAction.Reset => TimeSpan.Zero,
                EndpointLeaveAction.Grace => service.Options.EndpointLeaveGrace,
                _ => s_longestDrain,
            },
            RealServers = endpoints.Distinct().ToImmutableDictionary(e => e, e => service.Weights.GetValueOrDefault(e, 1)),
        };
    }

    /// <summary>The virtual servers of one Service port, which differ in nothing but their address.</summary>
    private sealed class ServerPair(ServiceRules service)
    {
        public VirtualServer Internal { get; } = ServerOf(service, service.InternalEndpoints);

        /// <summary>
        /// Those inside are served by endpoints elsewhere only where this node has none: one virtual server is the same for all.
        /// </summary>
        public VirtualServer External { get; } = ServerOf(
            service, service.ExternalEndpoints.IsEmpty ? service.ClusterEndpoints : service.ExternalEndpoints);
    }
}
