using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules.Iptables;

/// <summary>What one Service port puts into the tables: chains of its own, and rules in chains that all share. Pure.</summary>
internal sealed class ServiceChains
{
    public static readonly ServiceChains Empty = new();

    private readonly ServiceRules _service = null!;
    private readonly RuleContext _context = null!;
    private readonly string _name = "";
    private readonly string _protocol = "";
    private readonly List<Chain> _chains = [];
    private readonly List<ChainRule> _shared = [];

    private ServiceChains()
    {
    }

    private ServiceChains(ServiceRules service, RuleContext context)
    {
        _service = service;
        _context = context;
        _name = service.Key.ToString();
        _protocol = RuleText.Protocol(service.Key.Protocol);
        string? cluster = WriteCluster();
        string? local = WriteLocal();
        WriteClusterIPs(service.InternalScope == EndpointScope.Local ? local : cluster);
        WriteExternal(cluster, local);
    }

    /// <summary>Those that nobody else writes to; a chain comes after those that its rules jump to.</summary>
    public IReadOnlyList<Chain> Chains => _chains;

    /// <summary>Rules whose order among those of other Services does not matter.</summary>
    public IReadOnlyList<ChainRule> Shared => _shared;

    public static ServiceChains Of(ServiceRules service, RuleContext context) => new(service, context);

    private bool IsExternalServed => _service.IsExternal && !(_service.ClusterEndpoints.IsEmpty && _service.ExternalEndpoints.IsEmpty);

    private string? WriteCluster() =>
        (_service.InternalScope == EndpointScope.Cluster && !_service.ClusterIPs.IsEmpty) || IsExternalServed
            ? WriteBalancing(ChainNames.ServicePrefix, EndpointScope.Cluster, _service.ClusterEndpoints) : null;

    private string? WriteLocal() =>
        (_service.InternalScope == EndpointScope.Local && !_service.ClusterIPs.IsEmpty)
        || (_service.ExternalScope == EndpointScope.Local && IsExternalServed)
            ? WriteBalancing(ChainNames.LocalPrefix, EndpointScope.Local, _service.LocalEndpoints) : null;

    /// <summary>The chain that spreads connections over endpoints; null when there is none.</summary>
    private string? WriteBalancing(string prefix, EndpointScope scope, ImmutableArray<IPEndPoint> endpoints)
    {
        if (endpoints.IsEmpty)
        {
            return null;
        }

        string name = NameOf(prefix);
        List<string> rules = [];
        if (_service.InternalScope == scope)
        {
            rules.AddRange(_service.ClusterIPs.Select(ip => $"{To(ip, "cluster IP")}-j {ChainNames.MasqOutside}"));
        }

        (string Comment, string Chain)[] targets = [.. endpoints.Select(e => (_context.Comment($"{_name} -> {e}"), WriteEndpoint(e)))];
        if (_service.AffinitySeconds > 0)
        {
            rules.AddRange(targets.Select(t => string.Create(
                CultureInfo.InvariantCulture,
                $"{t.Comment}-m recent --rcheck --seconds {_service.AffinitySeconds} --reap {Recent(t.Chain)}-j {t.Chain}")));
        }

        rules.AddRange(targets.Select((t, i) => $"{t.Comment}{RuleText.Choice(targets.Length - i)}-j {t.Chain}"));
        _chains.Add(new Chain(IptablesTable.Nat, name, [.. rules]));
        return name;
    }

    private string WriteEndpoint(IPEndPoint endpoint)
    {
        string name = NameOf(ChainNames.EndpointPrefix, endpoint.ToString());
        if (_chains.Exists(c => c.Name == name))
        {
            return name;
        }

        string comment = _context.Comment(_name);
        string affinity = _service.AffinitySeconds > 0 ? $"-m recent --set {Recent(name)}" : "";
        _chains.Add(new Chain(IptablesTable.Nat, name,
        [
            $"-s {RuleText.Host(endpoint.Address)} {comment}-j {ChainNames.MarkMasq}",
            $"-p {_protocol} {comment}{affinity}-m {_protocol} -j DNAT --to-destination {endpoint}",
        ]));
        return name;
    }

    private void WriteClusterIPs(string? chain)
    {
        foreach (IPAddress address in _service.ClusterIPs)
        {
            if (chain is not null)
            {
                Share(IptablesTable.Nat, ChainNames.Services, $"{To(address, "cluster IP")}-j {chain}");
            }
            else
            {
                (string reason, string target) = Unserved(_service.InternalFate);
                Share(IptablesTable.Filter, ChainNames.Services, To(address, reason) + target);
            }
        }
    }

    private void WriteExternal(string? cluster, string? local)
    {
        if (!_service.IsExternal)
        {
            return;
        }

        if (IsExternalServed)
        {
            string chain = WriteExternalChain(cluster, _service.ExternalScope == EndpointScope.Local ? local : cluster);
            foreach (ExternalAddress external in _service.ExternalAddresses)
            {
                WriteExternalAddress(external, chain);
            }

            ShareNodePort(IptablesTable.Nat, "", $"-j {chain}");
        }

        if (_service.ExternalFate != ServiceFate.Serve)
        {
            // Whoever gets endpoints nevertheless has been led to them before the filter table is asked.
            (string reason, string target) = Unserved(_service.ExternalFate);
            foreach (ExternalAddress external in _service.ExternalAddresses)
            {
                Share(IptablesTable.Filter, ChainNames.ExternalServices, To(external.Address, reason) + target);
            }

            ShareNodePort(IptablesTable.Filter, reason, target);
        }
    }

    /// <summary>Whom external addresses and node ports lead where, and as whom.</summary>
    private string WriteExternalChain(string? cluster, string? outside)
    {
        string name = NameOf(ChainNames.ExternalPrefix);
        List<string> rules = [];
        if (_service.ExternalScope == EndpointScope.Cluster)
        {
            rules.Add($"{_context.Comment($"masquerade traffic for {_name} external destinations")}-j {ChainNames.MarkMasq}");
        }
        else if (cluster is not null)
        {
            string pods = _context.Comment($"pod traffic for {_name} external destinations");
            string own = _context.Comment($"traffic of this node for {_name} external destinations");
            rules.AddRange(_context.Pods.Select(network => $"{RuleText.From(network)}{pods}-j {cluster}"));
            rules.Add($"{own}-m addrtype --src-type LOCAL -j {ChainNames.MarkMasq}");
            rules.Add($"{own}-m addrtype --src-type LOCAL -j {cluster}");
        }

        if (outside is not null)
        {
            rules.Add($"-j {outside}");
        }

        _chains.Add(new Chain(IptablesTable.Nat, name, [.. rules]));
        return name;
    }

    private void WriteExternalAddress(ExternalAddress external, string chain)
    {
        string kind = external.Kind == FrontendKind.LoadBalancer ? "load balancer IP" : "external IP";
        string target = external.AllowedSources.IsEmpty ? chain : WriteSources(external, chain);
        Share(IptablesTable.Nat, ChainNames.Services, $"{To(external.Address, kind)}-j {target}");
        if (!external.AllowedSources.IsEmpty)
        {
            string refused = To(external.Address, $"not accepted by {target}");
            Share(IptablesTable.Filter, ChainNames.ProxyFirewall, $"{refused}-j DROP");
        }
    }

    /// <summary>The chain that lets only some clients through. A Service's addresses have one list in common, so that its name is enough.</summary>
    private string WriteSources(ExternalAddress external, string chain)
    {
        NetworkSet common = _service.ExternalAddresses.First(e => !e.AllowedSources.IsEmpty).AllowedSources;
        string name = NameOf(ChainNames.SourcesPrefix, external.AllowedSources.Equals(common) ? "" : external.AllowedSources.ToString());
        if (!_chains.Exists(c => c.Name == name))
        {
            string comment = _context.Comment($"{_name} load balancer IP");
            IEnumerable<IPNetwork> sources = external.AllowedSources.Networks
                .Where(n => n.BaseAddress.AddressFamily == external.Address.AddressFamily);
            _chains.Add(new Chain(IptablesTable.Nat, name,
                [.. sources.Select(n => $"{RuleText.From(n)}{comment}-j {chain}")]));
        }

        return name;
    }

    private (string Reason, string Target) Unserved(ServiceFate fate) => fate == ServiceFate.Drop
        ? ("has no local endpoints", "-j DROP")
        : ("has no endpoints", $"-j REJECT --reject-with {_context.RejectWith}");

    private void Share(IptablesTable table, string chain, string text)
    {
        // An address can be known for two reasons, which only comments tell apart.
        ChainRule rule = new(table, chain, text);
        if (!_shared.Contains(rule))
        {
            _shared.Add(rule);
        }
    }

    private void ShareNodePort(IptablesTable table, string reason, string target)
    {
        if (_service.NodePort != 0)
        {
            string what = _context.Comment(reason.Length == 0 ? _name : $"{_name} {reason}");
            Share(table, ChainNames.NodePorts, $"-p {_protocol} {what}-m {_protocol} --dport {Number(_service.NodePort)} {target}");
        }
    }

    private string To(IPAddress address, string what) =>
        $"-d {RuleText.Host(address)} -p {_protocol} {_context.Comment($"{_name} {what}")}-m {_protocol} --dport {Number(_service.Port)} ";

    private string Recent(string list) => $"--name {list} --mask {_context.AllOnesMask} --rsource ";

    private string NameOf(string prefix, string detail = "") => ChainNames.Of(prefix, _name, _protocol, detail);

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);
}
