using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>The same load from beginning to end, on the shared proxy.</summary>
/// <param name="Summary">Name and description.</param>
/// <param name="Kind">What each connection does.</param>
/// <param name="Connections">How many there are for each of <paramref name="Exchanges"/>.</param>
/// <param name="Exchanges">What they do; several at the same time.</param>
/// <param name="Rate">Operations per second; null for as many as will go.</param>
internal sealed record SteadyScenario(
    ScenarioSummary Summary, LoadKind Kind, int Connections, ImmutableArray<ExchangePlan> Exchanges, double? Rate = null) : IScenario
{
    public bool NeedsProxy => false;

    public bool IsLong => false;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        SubjectMeter meter = new(context.Subject, context.BackendProcessIds);
        LoadResult result = await LoadParts.RunAsync(
            context.Generator, meter, [.. Exchanges.Select(exchange => PlanOf(exchange, context))], cancellation);
        return Samples.Of(this, context, result, meter);
    }

    private LoadPlan PlanOf(ExchangePlan exchange, ScenarioContext context) => new()
    {
        Kind = Kind,
        Targets = [context.Subject.Target(context.Listener)],
        Connections = Connections,
        Exchange = exchange,
        Rate = Rate,
        Threads = Math.Max(1, LoadThreads.Each / Exchanges.Length),
        WarmUp = context.WarmUp,
        Duration = context.Duration,
    };
}
