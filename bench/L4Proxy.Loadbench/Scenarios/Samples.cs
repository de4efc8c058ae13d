using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Puts what the generator and the meter saw together.</summary>
internal static class Samples
{
    public static Sample Of(IScenario scenario, ScenarioContext context, LoadResult load, SubjectMeter meter) =>
        Of(scenario, context, meter) with
        {
            Seconds = load.Elapsed.TotalSeconds,
            Operations = load.Operations,
            OperationsPerSecond = load.OperationsPerSecond,
            BytesPerSecond = (load.BytesSent + load.BytesReceived) / load.Elapsed.TotalSeconds,
            Service = load.Service.Count == 0 ? null : LatencySummary.WithCountsOf(load.Service),
            Response = load.Response is { Count: > 0 } response ? LatencySummary.WithCountsOf(response) : null,
            GeneratorMicroseconds = load.ProcessorTime.TotalMicroseconds,
            AskedRate = load.AskedRate,
            Saturated = load.IsSaturated,
            Late = load.Late,
            GeneratorBound = load.IsGeneratorBound,
            BackendBound = IsBound(meter.Backends.Total, meter.Elapsed),
            Errors = ErrorsOf(load),
        };

    /// <summary>Without a load of this program's own.</summary>
    public static Sample Of(IScenario scenario, ScenarioContext context, SubjectMeter meter) => new()
    {
        Scenario = scenario.Summary.Name,
        Subject = context.Subject.Name,
        Round = context.Round,
        Seconds = meter.Elapsed.TotalSeconds,
        UserMicroseconds = meter.Subject.User,
        SystemMicroseconds = meter.Subject.System,
        BackendMicroseconds = meter.Backends.Total,
        PeakResidentBytes = meter.Memory.Peak,
        EndResidentBytes = meter.Memory.Resident,
    };

    /// <summary>Of another program that put on load, in the time of the meter.</summary>
    public static Sample WithGenerator(this Sample sample, double microseconds, SubjectMeter meter) => sample with
    {
        GeneratorMicroseconds = microseconds,
        GeneratorBound = IsBound(microseconds, meter.Elapsed),
        BackendBound = IsBound(meter.Backends.Total, meter.Elapsed),
    };

    public static Sample With(this Sample sample, params ReadOnlySpan<(string Name, double Figure)> extra)
    {
        var figures = sample.Extra.ToBuilder();
        foreach ((string name, double figure) in extra)
        {
            figures[name] = figure;
        }

        return sample with { Extra = figures.ToImmutable() };
    }

    private static bool IsBound(double microseconds, TimeSpan time) =>
        microseconds > LoadPlan.Bound * LoadThreads.Each * time.TotalMicroseconds;

    private static ImmutableSortedDictionary<string, long> ErrorsOf(LoadResult load) => load.Errors
        .Where(e => e.Value > 0)
        .ToImmutableSortedDictionary(e => e.Key.ToString(), e => e.Value, StringComparer.Ordinal);
}
