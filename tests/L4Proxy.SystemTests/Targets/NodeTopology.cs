using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>
/// A node, each of its Pods, and all the rest (the other node, its Pods, clients from elsewhere) in network namespaces, wired as simple network
/// plugins do it: the Pods' gateway is an address of the node, and reaches each Pod by a cable of its own. Both families. Every endpoint answers
/// on all ports.
/// </summary>
internal sealed class NodeTopology : IAsyncDisposable
{
    private static readonly int[] s_tcpPorts = [8080, 8000, 8001, 9100, 5353];
    private static readonly int[] s_udpPorts = [5353];

    private readonly Dictionary<IPAddress, NetworkNamespace> _pods;
    private readonly List<WhoAnswers> _backends = [];

    private NodeTopology(AddressPlan plan, NetworkNamespace node, NetworkNamespace outside, Dictionary<IPAddress, NetworkNamespace> pods)
    {
        Plan = plan;
        Node = node;
        Outside = outside;
        _pods = pods;
    }

    /// <summary>The plan of IPv4; its twin is there as well.</summary>
    public AddressPlan Plan { get; }

    public NetworkNamespace Node { get; }

    public NetworkNamespace Outside { get; }

    /// <param name="plan">A plan of IPv4.</param>
    /// <param name="endpoints">Addresses of IPv4 of endpoints on this node and elsewhere.</param>
    public static async Task<NodeTopology> CreateAsync(AddressPlan plan, IEnumerable<IPAddress> endpoints)
    {
        IPAddress[] all = [.. endpoints.Where(plan.PodNetwork.Contains).Distinct()];
        IPAddress[] pods = [.. all.Where(plan.IsOnThisNode).Append(plan.PodClient).Append(plan.EndpointClient).Distinct()];
        IReadOnlyList<NetworkNamespace> spaces = await NetworkNamespace.CreateAsync(2 + pods.Length);
        NodeTopology topology = new(plan, spaces[0], spaces[1], pods.Zip(spaces.Skip(2)).ToDictionary(p => p.First, p => p.Second));
        try
        {
            await topology.WireAsync([.. all.Except(pods)]);
            topology.StartBackends(all);
        }
        catch
        {
            await topology.DisposeAsync();
            throw;
        }

        return topology;
    }

    /// <summary>The namespace of a Pod of this node, by its address of either family.</summary>
    public NetworkNamespace Pod(IPAddress address) =>
        _pods.First(p => p.Key.Equals(address) || IPv6Twin.Of(p.Key).Equals(address)).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (WhoAnswers backend in _backends)
        {
            await backend.DisposeAsync();
        }

        foreach (NetworkNamespace space in _pods.Values.Append(Node).Append(Outside))
        {
            await space.DisposeAsync();
        }
    }

    private async Task WireAsync(IReadOnlyList<IPAddress> elsewhere)
    {
        foreach (NetworkNamespace space in _pods.Values.Append(Node).Append(Outside))
        {
            // Of link-local addresses; the others are added without the detection of duplicates.
            space.SetSysctl("net/ipv6/conf/default/accept_dad", "0");
            space.SetSysctl("net/ipv4/conf/all/rp_filter", "0");
            space.SetSysctl("net/ipv4/conf/default/rp_filter", "0");

            // A namespace is born with the host's settings of IPv4, and one that forwards would send back what is not for it.
            space.SetSysctl("net/ipv4/ip_forward", "0");

            // Who is refused hears of it each time, however many ask at once.
            space.SetSysctl("net/ipv4/icmp_ratemask", "0");
            space.SetSysctl("net/ipv6/icmp/ratemask", "0");
        }

        Node.SetSysctl("net/ipv4/ip_forward", "1");
        Node.SetSysctl("net/ipv6/conf/all/forwarding", "1");
        AddressPlan[] plans = [Plan, Plan.ToIPv6()];
        await Node.ConfigureAsync(Cables());
        foreach ((IPAddress address, NetworkNamespace pod) in _pods)
        {
            await pod.ConfigureAsync("link set eth0 up\n" + Pod(address, Plan) + Pod(IPv6Twin.Of(address), plans[1]));
        }

        await Outside.ConfigureAsync("link set eth0 up\n" + string.Concat(plans.Select(plan => Rest(plan, elsewhere))));
        await Node.ConfigureAsync(string.Concat(plans.Select(Routes)));
    }

    /// <summary>The node's end of all cables, with the addresses there.</summary>
    private string Cables()
    {
        AddressPlan twin = Plan.ToIPv6();
        StringBuilder lines = new();
        lines.Append($"link add eth0 type veth peer name eth0 netns {Outside.Name}\nlink set eth0 up\n");
        lines.Append($"address add {Plan.Node}/24 dev eth0\naddress add {twin.Node}/64 dev eth0 nodad\n");
        lines.Append($"address add {Plan.Gateway}/32 dev lo\naddress add {twin.Gateway}/128 dev lo nodad\n");
        foreach ((IPAddress address, NetworkNamespace pod) in _pods)
        {
            string cable = $"pod{address.GetAddressBytes()[3]}";
            lines.Append($"link add {cable} type veth peer name eth0 netns {pod.Name}\nlink set {cable} up\n");
            lines.Append($"address add {Plan.Gateway}/32 dev {cable}\naddress add {twin.Gateway}/128 dev {cable} nodad\n");
            lines.Append($"route add {address}/32 dev {cable}\nroute add {IPv6Twin.Of(address)}/128 dev {cable}\n");
        }

        return lines.ToString();
    }

    private static string Pod(IPAddress address, AddressPlan plan) =>
        $"address add {address} dev eth0{Flags(plan)}\nroute add {plan.Gateway} dev eth0\nroute add default via {plan.Gateway} dev eth0\n";

    /// <summary>The other node, its Pods, and clients from elsewhere, all in one place.</summary>
    private static string Rest(AddressPlan plan, IEnumerable<IPAddress> elsewhere)
    {
        bool isIPv6 = plan.Family == AddressFamily.InterNetworkV6;
        IEnumerable<IPAddress> addresses = elsewhere.Select(a => isIPv6 ? IPv6Twin.Of(a) : a).Concat([plan.OtherNode, plan.AllowedClient, plan.StrangeClient]);
        return $"address add {plan.Router}/{(isIPv6 ? 64 : 24)} dev eth0{Flags(plan)}\n"
            + string.Concat(addresses.Select(a => $"address add {a} dev lo{Flags(plan)}\n"))
            + $"route add default via {plan.Node}\n";
    }

    /// <summary>An address of IPv6 can be used at once if no duplicate of it is looked for.</summary>
    private static string Flags(AddressPlan plan) => plan.Family == AddressFamily.InterNetworkV6 ? " nodad" : "";

    private static string Routes(AddressPlan plan) => $"route add {plan.PodNetwork} via {plan.Router}\nroute add default via {plan.Router}\n";

    private void StartBackends(IEnumerable<IPAddress> endpoints)
    {
        foreach (IPAddress endpoint in endpoints)
        {
            NetworkNamespace space = Plan.IsOnThisNode(endpoint) ? Pod(endpoint) : Outside;
            foreach (IPAddress address in (IPAddress[])[endpoint, IPv6Twin.Of(endpoint)])
            {
                _backends.Add(space.Inside(() => WhoAnswers.Start(address, s_tcpPorts, s_udpPorts)));
            }
        }
    }
}
