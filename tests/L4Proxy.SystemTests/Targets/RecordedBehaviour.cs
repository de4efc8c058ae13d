using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace L4Proxy.SystemTests.Targets;

/// <summary>What clients of a real kube-proxy got.</summary>
internal static partial class RecordedBehaviour
{
    /// <summary>Reads what was recorded in a mode of kube-proxy.</summary>
    /// <param name="mode">iptables or nftables.</param>
    public static IReadOnlyList<Target> Read(string mode)
    {
        List<Target> targets = [];
        foreach (Match section in Section().Matches(File.ReadAllText(TargetCluster.Recording(mode, "behaviour.txt"))))
        {
            string results = section.Groups["results"].Value;
            HashSet<TargetAnswer> answers =
            [
                .. Answer().Matches(results).Select(m => new TargetAnswer(IPEndPoint.Parse(m.Groups["endpoint"].Value), IPAddress.Parse(m.Groups["client"].Value))),
            ];
            targets.Add(new Target
            {
                Client = ClientOf(section.Groups["client"].Value),
                Name = section.Groups["name"].Value,
                Protocol = section.Groups["protocol"].Value == "udp" ? ProtocolType.Udp : ProtocolType.Tcp,
                Address = IPEndPoint.Parse(section.Groups["target"].Value),
                Fate = answers.Count > 0 ? TargetFate.Served : results.Contains("timeout", StringComparison.Ordinal) ? TargetFate.Dropped : TargetFate.Refused,
                Answers = answers,
            });
        }

        return targets;
    }

    private static ClientKind ClientOf(string text) => text.Split(' ') switch
    {
        ["the", "node"] => ClientKind.Node,
        ["pod", _] => ClientKind.Pod,
        ["pod", ..] => ClientKind.EndpointPod,
        ["outside", _, "(in", ..] => ClientKind.Allowed,
        ["outside", _, "(not", ..] => ClientKind.Strange,
        _ => throw new FormatException($"unknown client: {text}"),
    };

    [GeneratedRegex(@"^\[from (?<client>[^\]]+)\] (?<name>.*) (?<protocol>tcp|udp) (?<target>\S+)\n(?<results>(?: .*\n?)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Section();

    [GeneratedRegex(@"-> ep (?<endpoint>\S+:\d+), saw client (?<client>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Answer();
}
