using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using L4Proxy.Cli.Table;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;
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

    [Fact]
    public void Table_OfARecordedCluster_HasTheEndpointsThatKubeProxyUsed()
    {
        string behaviour = Path.Combine(s_recordings, "iptables", "behaviour.txt");
        Requires.Recordings(File.Exists(behaviour), "a real kube-proxy in ../shared/kube-reference");
        ServiceTable table = Translate("node-a").Table;
        Observation[] observations = [.. Observations(File.ReadAllText(behaviour))];
        // Five kinds of client, about forty targets each.
        Assert.InRange(observations.Length, 150, 250);
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

    private static TranslationResult Translate(string nodeName)
    {
        string cluster = Path.Combine(s_recordings, "cluster");
        TranslationOptions options = new() { Listen = ListenMode.ProxyPorts, NodeName = nodeName, ClusterNetworks = [IPNetwork.Parse("10.244.0.0/16")] };
        FakeHost host = new();
        host.Set(IPAddress.Loopback, IPAddress.Parse("192.168.77.1"), IPAddress.Parse("10.244.1.1"));
        return ClusterCases.Translate(
            options, host, ReadNode(Path.Combine(cluster, "nodes.json"), nodeName), Path.Combine(cluster, "services.json"), Path.Combine(cluster, "endpointslices.json"));
    }

    private static Node ReadNode(string file, string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement node = document.RootElement.GetProperty("items").EnumerateArray()
            .Single(n => n.GetProperty("metadata").GetProperty("name").GetString() == name);
        return new Node
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Labels = node.GetProperty("metadata").GetProperty("labels").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!, StringComparer.Ordinal),
            },
            Status = new NodeStatus
            {
                Addresses = [.. node.GetProperty("status").GetProperty("addresses").EnumerateArray().Select(a =>
                    new NodeAddress { Type = a.GetProperty("type").GetString()!, Address = a.GetProperty("address").GetString()! })],
            },
        };
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

    private static IEnumerable<Observation> Observations(string text)
    {
        foreach (Match section in Section().Matches(text))
        {
            string client = Address().Match(section.Groups["client"].Value) is { Success: true } ip ? ip.Value : "192.168.77.1";
            IPEndPoint target = IPEndPoint.Parse(section.Groups["target"].Value);
            // The loopback address of a Pod is its own.
            if (section.Groups["protocol"].Value == "tcp" && !(IPAddress.IsLoopback(target.Address) && section.Groups["client"].Value != "the node"))
            {
                string[] endpoints = [.. Endpoint().Matches(section.Groups["results"].Value).Select(m => IPEndPoint.Parse(m.Groups[1].Value))
                    .Order(AddressOrder.Instance).Select(e => e.ToString())];
                yield return new Observation(IPAddress.Parse(client), section.Groups["label"].Value, target, endpoints);
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
    private sealed record Observation(IPAddress Client, string Label, IPEndPoint Target, string[] Endpoints);
}
