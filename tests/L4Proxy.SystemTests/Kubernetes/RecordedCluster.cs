using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>
/// Objects of a real cluster, and what clients of its kube-proxy got. Not part of the repository: <see cref="ReferenceCluster"/>
/// asks the same of objects of our own.
/// </summary>
internal static partial class RecordedCluster
{
    public const string PodNetwork = "10.244.0.0/16";

    private const string ServiceNetwork = "10.96.";

    private static readonly string s_folder = Path.GetFullPath(Repository.PathOf("..", "shared", "kube-reference"));

    public static bool IsPresent => Directory.Exists(s_folder);

    public static void Load(FakeApiServer api)
    {
        foreach (string list in (string[])["nodes", "services", "endpointslices"])
        {
            api.Apply(File.ReadAllText(Path.Combine(s_folder, "cluster", $"{list}.json")));
        }
    }

    /// <summary>What clients got by TCP; loopback addresses count where they are the node's.</summary>
    /// <param name="mode">Of kube-proxy: iptables or nftables.</param>
    public static IEnumerable<Observation> Observations(string mode)
    {
        foreach (Match section in Section().Matches(File.ReadAllText(Path.Combine(s_folder, mode, "behaviour.txt"))))
        {
            string client = section.Groups["client"].Value;
            IPEndPoint target = IPEndPoint.Parse(section.Groups["target"].Value);
            bool isNode = client == "the node";
            if (section.Groups["protocol"].Value == "tcp" && (isNode || !IPAddress.IsLoopback(target.Address)))
            {
                yield return new Observation(
                    client,
                    isNode ? "node" : client.StartsWith("pod", StringComparison.Ordinal) ? "pod" : "outside",
                    section.Groups["label"].Value,
                    target,
                    [.. Endpoint().Matches(section.Groups["results"].Value).Select(m => m.Groups[1].Value)]);
            }
        }
    }

    [GeneratedRegex(@"^\[from (?<client>[^\]]+)\] (?<label>.*) (?<protocol>tcp|udp) (?<target>\S+)\n(?<results>(?: .*\n)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex(@"-> ep (\S+:\d+),")]
    private static partial Regex Endpoint();

    /// <summary>The endpoints that a client met at a target; none where it was refused or dropped.</summary>
    internal sealed record Observation(string Client, string Kind, string Label, IPEndPoint Target, HashSet<string> Endpoints)
    {
        /// <summary>What a table has otherwise; null when it has the same.</summary>
        public string? DifferenceFrom(string json)
        {
            HashSet<string> shown = [.. Frontend(JsonNode.Parse(json)!) is { } frontend && IsAdmitted(frontend) ? frontend["endpoints"]![Kind]!.AsArray().Select(e => (string)e!) : []];
            bool isSame = Label.Contains("affinity", StringComparison.Ordinal)
                ? Endpoints.IsSubsetOf(shown) && Endpoints.Count == Math.Min(1, shown.Count)
                : Endpoints.SetEquals(shown);
            return isSame ? null : $"{Client}, {Label} {Target}: kube-proxy {string.Join(' ', Endpoints)}; table {string.Join(' ', shown)}";
        }

        private JsonNode? Frontend(JsonNode document) => document["services"]!.AsArray().SelectMany(s => s!["frontends"]!.AsArray()).FirstOrDefault(f =>
            (int)f!["port"]! == Target.Port && (IsAny((string)f["address"]!)
                ? !Target.Address.ToString().StartsWith(ServiceNetwork, StringComparison.Ordinal)
                : (string)f["address"]! == Target.Address.ToString()));

        /// <summary>All addresses of the node, none of which is a Service's.</summary>
        private static bool IsAny(string address) => address == "0.0.0.0";

        /// <summary>The table tells apart kinds of clients, not the clients outside.</summary>
        private bool IsAdmitted(JsonNode frontend) => Kind != "outside" || frontend["allowedSources"]!.AsArray() is not { Count: > 0 } sources
            || sources.Any(s => IPNetwork.Parse((string)s!).Contains(IPAddress.Parse(Client.Split(' ')[1])));
    }
}
