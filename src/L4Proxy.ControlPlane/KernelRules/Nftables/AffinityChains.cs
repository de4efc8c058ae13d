using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Chains and sets of a Service port with ClientIP affinity: a set of pinned clients and a chain for each endpoint, and a chain for each
/// list that asks the sets one by one before it picks at random. Names of sets stand for the endpoint and the time-out: pins stay as long
/// as both do, whatever happens to other endpoints, and another time-out begins without pins.
/// </summary>
/// <param name="service">The Service port.</param>
/// <param name="words">Of the family.</param>
internal sealed class AffinityChains(ServiceRules service, FamilyWords words)
{
    private readonly List<IPEndPoint> _endpoints = [];
    private readonly List<NftChain> _lists = [];

    public IEnumerable<NftChain> Chains => _endpoints.Select(Endpoint).Concat(_lists);

    /// <summary>
    /// The kernel bounds a set that packets fill to 65,535 elements when its size is left open (nft_dynset_init); clients beyond are served
    /// without a pin. Were the size given, the kernel would take 1 MB of memory for each set at once.
    /// </summary>
    public IEnumerable<NftCollection> Sets => _endpoints.Select(e => new NftCollection(
        Set(e), $"type {words.AddressType}; flags dynamic,timeout; timeout {service.AffinitySeconds}s;")
    { IsDynamic = true });

    /// <summary>The chain of a list.</summary>
    /// <param name="kind">Whether it is the list of the cluster or of this node.</param>
    /// <param name="endpoints">The list.</param>
    public string ListOf(string kind, ImmutableArray<IPEndPoint> endpoints)
    {
        string name = NftText.Name(kind, service.Key);
        if (_lists.Any(l => l.Name == name))
        {
            return name;
        }

        foreach (IPEndPoint endpoint in endpoints)
        {
            if (!_endpoints.Contains(endpoint))
            {
                _endpoints.Add(endpoint);
            }
        }

        IEnumerable<string> choices = endpoints.Select((e, i) => $"{i} : goto {Chain(e)}");
        _lists.Add(new NftChain(
            name,
            "",
            [
                .. endpoints.Select(e => new NftRule($"{words.SourceAddress} @{Set(e)} goto {Chain(e)}", $"clients of {e}")),
                new NftRule(
                    $"numgen random mod {endpoints.Length} vmap {{ {string.Join(", ", choices)} }}", $"new clients to one of {endpoints.Length}"),
            ]));
        return name;
    }

    private NftChain Endpoint(IPEndPoint endpoint) => new(
        Chain(endpoint),
        "",
        [
            new($"update @{Set(endpoint)} {{ {words.SourceAddress} }}", "pin the client"),
            new(
                $"meta l4proto {NftText.Protocol(service.Key.Protocol)} dnat {words.Protocol} to {NftText.Socket(endpoint)}",
                $"to {NftText.Socket(endpoint)}"),
        ]);

    private string Set(IPEndPoint endpoint) => Name("affinity", endpoint);

    private string Chain(IPEndPoint endpoint) => Name("endpoint", endpoint);

    private string Name(string kind, IPEndPoint endpoint) =>
        NftText.Name(kind, service.Key, $"{NftText.Address(endpoint.Address)}/{endpoint.Port}", $"{service.AffinitySeconds}s");
}
