using System.Collections.Concurrent;
using System.Net.Sockets;
using Xunit;

namespace L4Proxy.SystemTests.Targets;

/// <summary>Tries targets from all clients of a topology, all at once, and compares what they get.</summary>
internal static class TargetTable
{
    /// <summary>
    /// Tries of a target that several endpoints serve, at least: with three endpoints a fourth one that should not be among them is found in 19 of
    /// 20 runs by one client, and there are five.
    /// </summary>
    private const int FewestTries = 10;

    /// <summary>
    /// And at most, until each has answered: of three endpoints chosen at random one is missing after so many in one of 10^16 cases, and
    /// a run of the suite has thousands of such targets.
    /// </summary>
    private const int MostTries = 93;

    /// <summary>Between tries that go on: several times what one takes.</summary>
    private const int MostWaitMilliseconds = 20;

    /// <summary>Of the differences; the cause of more is to be seen from these.</summary>
    private const int MostShown = 40;

    /// <summary>Fails with a line for each target whose clients got anything else than is expected.</summary>
    public static async Task CheckAsync(NodeTopology topology, IReadOnlyList<Target> targets)
    {
        ConcurrentBag<string> differences = [];
        await Task.WhenAll(targets.GroupBy(Turn).Select(async turn =>
        {
            foreach (Target target in turn)
            {
                if (await DifferenceAsync(ClientOf(topology, target), target) is { } difference)
                {
                    differences.Add($"{target}: {difference}; expected {target.Expectation}");
                }
            }
        }));
        Assert.True(differences.IsEmpty, $"{differences.Count} of {targets.Count} targets differ:\n{string.Join('\n', differences.Order().Take(MostShown))}");
    }

    /// <summary>
    /// What is tried one after another: a client that stays with its endpoint has several if it comes by several addresses of a Service
    /// at once.
    /// </summary>
    private static object Turn(Target target) => target.IsSticky ? (target.Client, target.Service, target.Address.AddressFamily) : target;

    private static async Task<string?> DifferenceAsync(TargetClient client, Target target)
    {
        HashSet<TargetAnswer> seen = [];
        for (int i = 0; i < MostTries; i++)
        {
            TargetResult result = await client.TryAsync(target);
            if (result.Fate != target.Fate || (result.Answer is { } answer && !target.Answers.Contains(answer)))
            {
                return $"{result}";
            }

            if (target.Fate != TargetFate.Served)
            {
                return null;
            }

            seen.Add(result.Answer!);
            if (target.IsSticky && seen.Count > 1)
            {
                return $"not sticky: {string.Join(", ", seen)}";
            }

            if (i + 1 >= FewestTries && (target.IsSticky || seen.Count == target.Answers.Count))
            {
                return null;
            }

            if (i + 1 >= FewestTries)
            {
                // Clients in step with each other could meet the same endpoints of a rotation for ever.
                await Task.Delay(Random.Shared.Next(MostWaitMilliseconds));
            }
        }

        return $"only {string.Join(", ", seen)} in {MostTries} tries";
    }

    private static TargetClient ClientOf(NodeTopology topology, Target target)
    {
        AddressPlan plan = target.Address.AddressFamily == AddressFamily.InterNetwork ? topology.Plan : topology.Plan.ToIPv6();
        return target.Client switch
        {
            ClientKind.Pod => new TargetClient(topology.Pod(plan.PodClient), null),
            ClientKind.EndpointPod => new TargetClient(topology.Pod(plan.EndpointClient), null),
            ClientKind.Node => new TargetClient(topology.Node, null),
            ClientKind.Allowed => new TargetClient(topology.Outside, plan.AllowedClient),
            _ => new TargetClient(topology.Outside, plan.StrangeClient),
        };
    }
}
