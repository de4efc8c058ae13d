using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>All scenarios, in the order in which they run.</summary>
internal static class ScenarioCatalog
{
    private const int LowRate = 1_000;

    private static readonly ScenarioSummary s_wrk = new WrkScenario("").Summary;
    private static readonly ScenarioSummary s_iperf = new IperfScenario("").Summary;

    /// <summary>Those that need nothing but this program.</summary>
    private static readonly ImmutableArray<IScenario> s_own =
    [
        Requests("rr-1", 1),
        Requests("rr-64", 64),
        Requests("rr-1000", 1000),
        new SteadyScenario(
            new("crr", "Connect, one small exchange, close; 16 at a time.", "connection"),
            LoadKind.ConnectExchange, 16, [Exchanges.SmallAndClose]),
        Bulk("bulk-down", "Answers of 16 MiB over 4 connections.", 4, Exchanges.Down),
        Bulk("bulk-up", "Requests of 16 MiB over 4 connections.", 4, Exchanges.Up),
        Bulk("bulk-both", "Answers of 16 MiB over 2 connections and requests of 16 MiB over 2 others.", 2, Exchanges.Down, Exchanges.Up),
        new SteadyScenario(
            new("lowload", $"{LowRate} small exchanges a second over 20 connections.", "request"),
            LoadKind.Exchange, 20, [Exchanges.Small], LowRate),
        new RateScenario(),
        new IdleScenario(),
        new FanScenario(),
        new ChurnScenario(),
        new FailoverScenario(FaultKind.Refused),
        new FailoverScenario(FaultKind.BlackHole),
        new FailoverScenario(FaultKind.Stopped),
        new ReloadScenario(),
        new RestartScenario(),
    ];

    public static ImmutableArray<string> Names { get; } = [.. s_own.Select(s => s.Summary.Name), s_wrk.Name, s_iperf.Name];

    /// <summary>Those that were asked for, all when none was; what one of them needs to run before it is among them.</summary>
    /// <param name="asked">Names, or what several names begin with.</param>
    /// <param name="say">Told in one line what is missing.</param>
    public static ImmutableArray<IScenario> Choose(IReadOnlyCollection<string> asked, Action<string> say)
    {
        bool Asked(string name) => asked.Count == 0 || asked.Any(a => Matches(a, name));
        bool Needed(string name) => name == RateScenario.Maximum && Asked(new RateScenario().Summary.Name);
        IEnumerable<IScenario> own = s_own.Where(s => Asked(s.Summary.Name) || Needed(s.Summary.Name));
        return
        [
            .. own,
            .. OfTool("wrk", s_wrk.Name, path => new WrkScenario(path)),
            .. OfTool("iperf3", s_iperf.Name, path => new IperfScenario(path)),
        ];

        IEnumerable<IScenario> OfTool(string tool, string name, Func<string, IScenario> make)
        {
            if (!Asked(name))
            {
                yield break;
            }

            if (Programs.Find(tool) is { } path)
            {
                yield return make(path);
            }
            else
            {
                say($"{name} is left out: {tool} is not on PATH");
            }
        }
    }

    /// <summary>Whether a name was meant: all of it or, where that is no name itself, its beginning up to a hyphen.</summary>
    public static bool Matches(string asked, string name) => name == asked
        || (!Names.Contains(asked, StringComparer.Ordinal) && name.StartsWith(asked + '-', StringComparison.Ordinal));

    private static SteadyScenario Requests(string name, int connections) => new(
        new(name, $"Small exchanges over {connections} connection{(connections == 1 ? "" : "s")}, each as soon as the one before is over.", "request"),
        LoadKind.Exchange, connections, [Exchanges.Small]);

    private static SteadyScenario Bulk(string name, string description, int connections, params ImmutableArray<ExchangePlan> exchanges) => new(
        new(name, description, "GB"), LoadKind.Exchange, connections, exchanges);
}
