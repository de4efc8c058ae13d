using System.Net;
using System.Text.Json.Nodes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>A Service in one family, read from its object.</summary>
internal sealed class ServiceModel
{
    private readonly JsonNode _spec;
    private readonly AddressPlan _plan;
    private readonly TargetCluster _cluster;

    public ServiceModel(JsonObject service, TargetCluster cluster, AddressPlan plan)
    {
        Name = (string)service["metadata"]!["name"]!;
        IsOurs = service["metadata"]!["labels"]?["service.kubernetes.io/service-proxy-name"] is null;
        _spec = service["spec"]!;
        _plan = plan;
        _cluster = cluster;
        ClusterIPs = Addresses(_spec["clusterIPs"] ?? new JsonArray((string?)_spec["clusterIP"]));
        ExternalIPs = Addresses(_spec["externalIPs"]);
        JsonNode?[] ingress = [.. service["status"]?["loadBalancer"]?["ingress"]?.AsArray() ?? []];
        LoadBalancerIPs = Addresses(ingress.Where(i => (string?)i!["ipMode"] != "Proxy").Select(i => (string?)i!["ip"]));
        HostedLoadBalancerIPs = Addresses(ingress.Where(i => (string?)i!["ipMode"] == "Proxy").Select(i => (string?)i!["ip"]));
        Ports = [.. (_spec["ports"]?.AsArray() ?? []).Select(p => ReadPort(p!))];
    }

    public string Name { get; }

    /// <summary>Whether it is left to no other proxy.</summary>
    public bool IsOurs { get; }

    public bool HasClusterIP => ClusterIPs.Count > 0;

    public IReadOnlyList<IPAddress> ClusterIPs { get; }

    public IReadOnlyList<IPAddress> ExternalIPs { get; }

    public IReadOnlyList<IPAddress> LoadBalancerIPs { get; }

    /// <summary>Addresses at which a load balancer terminates connections itself (ipMode Proxy).</summary>
    public IReadOnlyList<IPAddress> HostedLoadBalancerIPs { get; }

    public IReadOnlyList<PortModel> Ports { get; }

    public bool IsInternalLocal => (string?)_spec["internalTrafficPolicy"] == "Local";

    public bool IsExternalLocal => (string?)_spec["externalTrafficPolicy"] == "Local";

    public bool HasAffinity => (string?)_spec["sessionAffinity"] == "ClientIP";

    /// <summary>Whether a client may use the load balancer's addresses.</summary>
    public bool Admits(IPAddress client)
    {
        IPNetwork[] ranges = [.. (_spec["loadBalancerSourceRanges"]?.AsArray() ?? []).Select(r => IPNetwork.Parse(((string)r!).Trim())).Where(r => r.BaseAddress.AddressFamily == _plan.Family)];
        return ranges.Length == 0 || ranges.Any(r => r.Contains(client));
    }

    private PortModel ReadPort(JsonNode port)
    {
        string protocol = (string?)port["protocol"] ?? "TCP";
        EndpointModel[] all = [.. Endpoints((string?)port["name"] ?? "", protocol)];
        string zone = (string)_cluster.Node["metadata"]!["labels"]!["topology.kubernetes.io/zone"]!;
        return new PortModel(
            protocol,
            (int)port["port"]!,
            (int?)port["nodePort"] ?? 0,
            [.. EndpointModel.Usable(EndpointModel.Near(all, _plan.NodeName, zone)).Select(e => e.Address)],
            [.. EndpointModel.Usable([.. all.Where(e => e.Node == _plan.NodeName)]).Select(e => e.Address)],
            EndpointModel.Usable(all).Count > 0);
    }

    private IEnumerable<EndpointModel> Endpoints(string portName, string protocol) =>
        from slice in _cluster.Slices
        where (string?)slice["metadata"]!["labels"]!["kubernetes.io/service-name"] == Name
            && (string?)slice["addressType"] == (_plan.Family == System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6")
        from port in slice["ports"]?.AsArray() ?? []
        where ((string?)port!["name"] ?? "") == portName && ((string?)port["protocol"] ?? "TCP") == protocol
        from endpoint in slice["endpoints"]?.AsArray() ?? []
        select EndpointModel.From(endpoint!, (int)port["port"]!);

    private IReadOnlyList<IPAddress> Addresses(JsonNode? list) => Addresses((list?.AsArray() ?? []).Select(a => (string?)a));

    private IReadOnlyList<IPAddress> Addresses(IEnumerable<string?> texts) =>
        [.. texts.Where(t => IPAddress.TryParse(t, out _)).Select(t => IPAddress.Parse(t!)).Where(a => a.AddressFamily == _plan.Family)];
}
