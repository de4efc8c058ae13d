using System.Net;
using System.Text.RegularExpressions;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.Manifests;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Translation;

/// <summary>
/// What clients of a real kube-proxy got, recorded beside the repository. <see cref="ClusterCases"/> asks the same of
/// objects of our own, so where the recordings are not present, and this is skipped, no rule is left untested.
/// </summary>
public sealed partial class KubeReferenceTests
{
    private static readonly string s_recordings = Path.GetFullPath(Path.Combine(Repository.PathOf(), "..", "shared", "kube-reference"));

    // Five kinds of client, about forty targets each, few of them UDP.
    [Theory]
    [InlineData(ListenMode.ProxyPorts, ServiceProtocol.Tcp, 150)]
    [InlineData(ListenMode.ServiceAddresses, ServiceProtocol.Tcp, 150)]
    [InlineData(ListenMode.Captured, ServiceProtocol.Tcp, 150)]
    [InlineData(ListenMode.Captured, ServiceProtocol.Udp, 5)]
    public void Table_OfARecordedCluster_HasTheEndpointsThatKubeProxyUsed(ListenMode mode, ServiceProtocol protocol, int atLeast)
    {
        ServiceTable table = Translate(mode, protocol).Table;
        Observation[] observations = [.. Observations(protocol)];
        Assert.InRange(observations.Length, atLeast, 250);
        Assert.All(observations, observation =>
        {
            string[] expected = Expected(table, observation);
            if (observation.Label.Contains("affinity", StringComparison.Ordinal))
            {
                Assert.Subset(expected.ToHashSet(), observation.Endpoints.ToHashSet());
                Assert.Equal(expected.Length == 0, observation.Endpoints.Length == 0);
            }
            else
            {
                Assert.Equal(expected, observation.Endpoints);
            }
        });
    }

    /// <summary>Refused is what has no endpoint anywhere, and dropped what this node must not serve.</summary>
    [Theory]
    [InlineData(ServiceProtocol.Tcp, 120)]
    [InlineData(ServiceProtocol.Udp, 5)]
    public void Rules_OfARecordedCluster_ServeDropAndRefuseAsKubeProxy(ServiceProtocol protocol, int atLeast)
    {
        TranslationResult result = Translate(ListenMode.Captured, protocol);
        FamilyRules rules = new RulesModel(new RulesOptions()).Of(result.ToSnapshot()).IPv4;
        (Observation Observation, ServiceFate? Fate)[] known = [.. Observations(protocol).Select(o => (o, FateOf(rules, result.Table.Inside, o)))];

        // Addresses that are nobody's are no matter of rules: the network answers.
        Assert.InRange(known.Count(k => k.Fate is not null), atLeast, 250);
        Assert.All(known.Where(k => k.Fate is not null), k => Assert.Equal(k.Observation.Fate, k.Fate == ServiceFate.Reject && IsUnheard(k.Observation) ? ServiceFate.Drop : k.Fate));
    }

    /// <summary>
    /// kube-proxy's iptables mode refuses connections of the node itself to external addresses without endpoints nowhere, so that they
    /// leave the node and time out; its nftables mode refuses them.
    /// </summary>
    private static bool IsUnheard(Observation observation) =>
        observation.Client.ToString() == "192.168.77.1" && observation.Target.Address.ToString().StartsWith("203.0.113.", StringComparison.Ordinal);

    [Theory]
    [InlineData("*.json")]
    [InlineData("*.yaml")]
    public void Files_OfARecordedCluster_AreReadWithoutAnError(string pattern)
    {
        ManifestSet set = Read(pattern);

        Assert.DoesNotContain(set.Problems, p => p.Severity != ProblemSeverity.Note);
        Assert.Equal(["node-a", "node-b"], set.Objects.Nodes.Select(n => n.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.InRange(set.Objects.Services.Length, 25, 30);
        Assert.NotEmpty(set.Objects.EndpointSlices);
    }

    private static TranslationResult Translate(ListenMode mode, ServiceProtocol protocol)
    {
        TranslationOptions options = new()
        {
            Listen = mode,
            NodeName = "node-a",
            ClusterNetworks = [IPNetwork.Parse("10.244.0.0/16")],
            Protocols = [protocol],
        };
        FakeHost host = new();
        host.Set(IPAddress.Loopback, IPAddress.Parse("192.168.77.1"), IPAddress.Parse("10.244.1.1"));
        return new ServiceTranslator(options, host, new FakeNames()).Translate(Read("*.json").Objects);
    }

    private static ManifestSet Read(string pattern)
    {
        string cluster = Path.Combine(s_recordings, "cluster");
        Requires.Recordings(Directory.Exists(cluster), "a real kube-proxy in ../shared/kube-reference");
        ManifestSet set = new([.. Directory.GetFiles(cluster, pattern)], TimeProvider.System);
        set.Refresh(readAll: true);
        return set;
    }

    /// <summary>What rules do to an observation's client; null when its target is no address of a Service.</summary>
    private static ServiceFate? FateOf(FamilyRules rules, NetworkSet inside, Observation observation)
    {
        IPAddress target = observation.Target.Address;
        ClientAddress client = ClientAddress.From(new IPEndPoint(observation.Client, 0));
        foreach (ServiceRules service in rules.Services)
        {
            if (service.Port == observation.Target.Port && service.ClusterIPs.Contains(target))
            {
                return service.InternalFate;
            }

            ExternalAddress? address = service.Port == observation.Target.Port ? service.ExternalAddresses.FirstOrDefault(a => a.Address.Equals(target)) : null;
            if (address is null && (service.NodePort != observation.Target.Port || target.ToString().StartsWith("10.96.", StringComparison.Ordinal)))
            {
                continue;
            }

            ServiceFate fate = !inside.Contains(client) ? service.ExternalFate
                : service.ClusterEndpoints.IsEmpty ? ServiceFate.Reject
                : ServiceFate.Serve;
            return fate == ServiceFate.Serve && address is { AllowedSources: { IsEmpty: false } allowed } && !allowed.Contains(client) ? ServiceFate.Drop : fate;
        }

        return null;
    }

    /// <summary>The endpoints that this table gives to the client of an observation; none when it is refused.</summary>
    private static string[] Expected(ServiceTable table, Observation observation)
    {
        foreach (ServiceEntry service in table.Services)
        {
            foreach (FrontendAddress frontend in service.Frontends.SelectMany(FrontendAddress.Of))
            {
                bool isTarget = frontend.Kind == FrontendKind.NodePort
                    ? frontend.Address.Port == observation.Target.Port && !observation.Target.Address.ToString().StartsWith("10.96.", StringComparison.Ordinal)
                    : frontend.Address.Equals(observation.Target);
                if (isTarget)
                {
                    ClientAddress client = ClientAddress.From(new IPEndPoint(observation.Client, 0));
                    bool admitted = frontend.Frontend.AllowedSources.IsEmpty || frontend.Frontend.AllowedSources.Contains(client);
                    return admitted ? [.. frontend.EndpointsOf(service, table.Inside.Contains(client)).Select(e => e.ToString())] : [];
                }
            }
        }

        return [];
    }

    private static IEnumerable<Observation> Observations(ServiceProtocol wanted)
    {
        string text = File.ReadAllText(Path.Combine(s_recordings, "iptables", "behaviour.txt"));
        foreach (Match section in Section().Matches(text))
        {
            string client = Address().Match(section.Groups["client"].Value) is { Success: true } ip ? ip.Value : "192.168.77.1";
            IPEndPoint target = IPEndPoint.Parse(section.Groups["target"].Value);
            // The loopback address of a Pod is its own.
            if (TableWords.Protocols.Format(wanted) == section.Groups["protocol"].Value && !(IPAddress.IsLoopback(target.Address) && section.Groups["client"].Value != "the node"))
            {
                string[] endpoints = [.. Endpoint().Matches(section.Groups["results"].Value).Select(m => IPEndPoint.Parse(m.Groups[1].Value))
                    .Order(AddressOrder.Instance).Select(e => e.ToString())];
                yield return new Observation(IPAddress.Parse(client), section.Groups["label"].Value, target, endpoints)
                {
                    Fate = endpoints.Length > 0 ? ServiceFate.Serve
                        : section.Groups["results"].Value.Contains("ConnectionRefused", StringComparison.Ordinal) ? ServiceFate.Reject
                        : ServiceFate.Drop,
                };
            }
        }
    }

    [GeneratedRegex(@"^\[from (?<client>[^\]]+)\] (?<label>.*) (?<protocol>tcp|udp) (?<target>\S+)\n(?<results>(?: .*\n)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex(@"\d+\.\d+\.\d+\.\d+")]
    private static partial Regex Address();

    [GeneratedRegex(@"-> ep (\S+:\d+),")]
    private static partial Regex Endpoint();

    /// <summary>The endpoints that a client met at a target.</summary>
    private sealed record Observation(IPAddress Client, string Label, IPEndPoint Target, string[] Endpoints)
    {
        public ServiceFate Fate { get; init; }
    }
}
