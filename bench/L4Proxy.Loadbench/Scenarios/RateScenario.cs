using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Latency at a rate that all proxies reach with ease: half of what the slowest of them did at most in the same round.</summary>
internal sealed class RateScenario : IScenario
{
    /// <summary>The scenario that tells what each does at most; it has to run before.</summary>
    public const string Maximum = "rr-64";

    private const int Connections = 64;

    public ScenarioSummary Summary { get; } = new(
        "rate", $"A small exchange over {Connections} connections at half the rate that the slowest proxy reached in {Maximum}.", "request");

    public bool NeedsProxy => false;

    public bool IsLong => false;

    public Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        double rate = RateOf(context.Earlier, context.Round);
        return new SteadyScenario(Summary, LoadKind.Exchange, Connections, [Exchanges.Small], rate).RunAsync(context, cancellation);
    }

    /// <summary>Requests per second for a round.</summary>
    /// <exception cref="LoadException">Nothing was measured before.</exception>
    public static double RateOf(IEnumerable<Sample> earlier, int round)
    {
        double[] maxima = [.. earlier.Where(s => s.Scenario == Maximum && s.Round == round).Select(s => s.OperationsPerSecond)];
        double slowest = maxima.DefaultIfEmpty(0).Min();
        return slowest > 0 ? Math.Floor(slowest / 2) : throw new LoadException($"rate needs the figures of {Maximum}, which has none");
    }
}
