using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Conntrack;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>A UDP client that never stops sending from one port, while rules change under its flow.</summary>
public sealed class ConntrackTests
{
    private const int ClientPort = 4053;
    private const string First = "10.60.1.30";
    private const string Second = "10.60.2.30";

    private static readonly IPAddress s_clusterIP = IPAddress.Parse("172.20.0.21");

    [Theory]
    [InlineData(IPFamily.IPv4)]
    [InlineData(IPFamily.IPv6)]
    public async Task CleanAsync_EndpointGoes_NextDatagramReachesTheOther(IPFamily family)
    {
        await using Flow flow = await Flow.CreateAsync(family);
        RulesState both = await flow.LeadToAsync(First, serving: [First, Second]);
        Assert.Equal(flow.Twin(First), await flow.AskAsync());

        // The rules alone do not move a flow that is there.
        await flow.LeadToAsync(Second, serving: [First, Second]);
        Assert.Equal(flow.Twin(First), await flow.AskAsync());
        RulesState second = await flow.LeadToAsync(Second, serving: [Second]);
        await flow.Cleaner.CleanAsync(both, second, default);

        Assert.Equal(flow.Twin(Second), await flow.AskAsync());
        Assert.DoesNotContain(flow.Log.Entries, e => e.Level > Microsoft.Extensions.Logging.LogLevel.Debug);
    }

    [Fact]
    public async Task CleanAsync_ScaledToZeroAndBack_FlowFindsTheNewEndpoint()
    {
        await using Flow flow = await Flow.CreateAsync(IPFamily.IPv4);
        RulesState one = await flow.LeadToAsync(First, serving: [First]);
        Assert.Equal(flow.Twin(First), await flow.AskAsync());

        RulesState none = await flow.LeadToAsync(null, serving: []);
        await flow.Cleaner.CleanAsync(one, none, default);
        Assert.Null(await flow.AskAsync());
        RulesState other = await flow.LeadToAsync(Second, serving: [Second]);
        await flow.Cleaner.CleanAsync(none, other, default);

        Assert.Equal(flow.Twin(Second), await flow.AskAsync());
    }

    [Fact]
    public async Task CleanAsync_EndpointTerminatesAndServes_KeepsTheFlow()
    {
        await using Flow flow = await Flow.CreateAsync(IPFamily.IPv4);
        RulesState before = await flow.LeadToAsync(First, serving: [First, Second]);
        Assert.Equal(flow.Twin(First), await flow.AskAsync());

        RulesState after = await flow.LeadToAsync(Second, serving: [First, Second]);
        await flow.Cleaner.CleanAsync(before, after, default);

        Assert.Equal(flow.Twin(First), await flow.AskAsync());
    }

    /// <summary>One client's datagrams, and the one rule that leads them.</summary>
    private sealed class Flow : IAsyncDisposable
    {
        private readonly NodeTopology _topology;
        private readonly IPFamily _family;
        private readonly Socket _client;

        private Flow(NodeTopology topology, IPFamily family)
        {
            _topology = topology;
            _family = family;
            Cleaner = new ConntrackCleaner(new NamespaceTools(topology.Node), Log);
            IPAddress clusterIP = Twin(s_clusterIP);
            _client = topology.Pod(topology.Plan.PodClient).Inside(() =>
            {
                Socket socket = new(clusterIP.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(Twin(topology.Plan.PodClient), ClientPort));
                return socket;
            });
        }

        public ConntrackCleaner Cleaner { get; }

        public ListLogger<ConntrackCleaner> Log { get; } = new();

        public static async Task<Flow> CreateAsync(IPFamily family)
        {
            Requires.Program("nft");
            Requires.Program("conntrack");
            return new Flow(await NodeTopology.CreateAsync(AddressPlan.Own, [IPAddress.Parse(First), IPAddress.Parse(Second)]), family);
        }

        public string Twin(string address) => _family == IPFamily.IPv4 ? address : IPv6Twin.Of(address);

        /// <summary>Replaces the rule; null for none.</summary>
        public async Task<RulesState> LeadToAsync(string? endpoint, string[] serving)
        {
            string family = _family == IPFamily.IPv4 ? "ip" : "ip6";
            string target = _family == IPFamily.IPv4 ? $"{endpoint}" : $"[{IPv6Twin.Of($"{endpoint}")}]";
            string rule = endpoint is null ? "" : $"{family} daddr {Twin(s_clusterIP)} udp dport 53 dnat to {target}:5353";
            await _topology.Node.RunWithInputAsync(
                $$"""
                table {{family}} t
                delete table {{family}} t
                table {{family}} t {
                    chain c {
                        type nat hook prerouting priority dstnat
                        {{rule}}
                    }
                }

                """,
                "nft", "-f", "-");
            return State(serving);
        }

        /// <summary>Sends until somebody answers: who. Null when a few datagrams stay without an answer.</summary>
        public async Task<string?> AskAsync()
        {
            byte[] buffer = new byte[256];
            for (int i = 0; i < 3; i++)
            {
                await _client.SendToAsync("?"u8.ToArray(), new IPEndPoint(Twin(s_clusterIP), 53));
                using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(500));
                try
                {
                    int length = await _client.ReceiveAsync(buffer, patience.Token);
                    return $"{IPEndPoint.Parse(Encoding.ASCII.GetString(buffer, 0, length).Split(' ')[0]).Address}";
                }
                catch (OperationCanceledException)
                {
                    // Without an answer.
                }
            }

            return null;
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _topology.DisposeAsync();
        }

        private IPAddress Twin(IPAddress address) => IPAddress.Parse(Twin($"{address}"));

        private RulesState State(string[] serving)
        {
            ServiceRules service = new()
            {
                Key = new ServicePortKey("shop", "names", "dns", ServiceProtocol.Udp),
                Port = 53,
                ClusterIPs = [Twin(s_clusterIP)],
                ServingEndpoints = [.. serving.Select(a => new IPEndPoint(IPAddress.Parse(Twin(a)), 5353))],
            };
            FamilyRules none4 = new() { Family = AddressFamily.InterNetwork };
            FamilyRules none6 = new() { Family = AddressFamily.InterNetworkV6 };
            return _family == IPFamily.IPv4 ? new RulesState(none4 with { Services = [service] }, none6) : new RulesState(none4, none6 with { Services = [service] });
        }
    }
}
