using System.Collections.Immutable;

namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>The figures that are shown of samples.</summary>
internal static class Metrics
{
    public const string Throughput = "throughput";
    public const string P50 = "p50";
    public const string P99 = "p99";
    public const string PeakMemory = "peak RSS";
    public const string Errors = "errors";

    private const string Response = "response ";

    /// <summary>The operation whose figures are for 10^9 bytes of payload in place of <see cref="Sample.Operations"/>.</summary>
    private const string Gigabyte = "GB";

    /// <summary>CPU time of the proxy, user and system, for one operation.</summary>
    public static string ProcessorTime(string operation) => $"CPU per {operation}";

    /// <summary>All figures that a scenario's samples have, in the order in which they are shown.</summary>
    public static ImmutableArray<Metric> Of(ScenarioSummary scenario, IReadOnlyCollection<Sample> samples)
    {
        string operation = scenario.Operation;

        // Nothing at all in one round is a figure, and the worst one; nothing in any is a scenario that does not count.
        bool counts = samples.Any(s => Operations(s, operation) > 0);
        Metric[] all =
        [
            new(Throughput, $"{operation}/s", false, s => counts ? Operations(s, operation) / s.Seconds : null),
            .. Latencies("", s => s.Service),
            .. Latencies(Response, s => s.Response),
            new(ProcessorTime(operation), "us", true, s => OfProxy(s, s.UserMicroseconds + s.SystemMicroseconds, operation)),
            new($"user {ProcessorTime(operation)}", "us", true, s => OfProxy(s, s.UserMicroseconds, operation)),
            new($"system {ProcessorTime(operation)}", "us", true, s => OfProxy(s, s.SystemMicroseconds, operation)),
            new($"generator's {ProcessorTime(operation)}", "us", true, s => Each(s.GeneratorMicroseconds, s, operation)),
            new($"backends' {ProcessorTime(operation)}", "us", true, s => Each(s.BackendMicroseconds, s, operation)),
            new(PeakMemory, "MiB", true, s => Memory(s.PeakResidentBytes)),
            new("end RSS", "MiB", true, s => Memory(s.EndResidentBytes)),
            .. Extras(samples),
            new(Errors, "", true, s => s.Errors.Values.Sum()),
        ];
        return [.. all.Where(m => samples.Any(s => m.Of(s) is { } figure && double.IsFinite(figure)))];
    }

    /// <summary>Whether ratios of a figure are shown: of the ones that users feel or pay, and not of those that explain them.</summary>
    public static bool IsCompared(Metric metric, ScenarioSummary scenario, IEnumerable<Sample> samples) =>
        metric.Name is Throughput or P50 or P99 or PeakMemory
        || metric.Name == $"{Response}{P99}"
        || metric.Name == ProcessorTime(scenario.Operation)
        || samples.Any(s => s.Extra.ContainsKey(metric.Name));

    private static IEnumerable<Metric> Latencies(string prefix, Func<Sample, LatencySummary?> of) =>
    [
        new($"{prefix}{P50}", "us", true, s => of(s)?.P50),
        new($"{prefix}p90", "us", true, s => of(s)?.P90),
        new($"{prefix}{P99}", "us", true, s => of(s)?.P99),
        new($"{prefix}p99.9", "us", true, s => of(s)?.P999),
    ];

    private static IEnumerable<Metric> Extras(IEnumerable<Sample> samples) =>
        samples.SelectMany(s => s.Extra.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(key => new Metric(key, ExtraFigures.UnitOf(key), !ExtraFigures.IsMoreBetter(key), s => s.Extra.TryGetValue(key, out double figure) ? figure : null));

    private static double Operations(Sample sample, string operation) =>
        operation == Gigabyte ? sample.BytesPerSecond * sample.Seconds / ByteUnits.Gigabyte : sample.Operations;

    private static double? Each(double microseconds, Sample sample, string operation) =>
        Operations(sample, operation) is > 0 and double operations && microseconds > 0 ? microseconds / operations : null;

    /// <summary>A subject without processes has no such figure, which a 0 would make look good.</summary>
    private static double? OfProxy(Sample sample, double microseconds, string operation) =>
        sample.UserMicroseconds + sample.SystemMicroseconds > 0 && Operations(sample, operation) is > 0 and double operations
            ? microseconds / operations
            : null;

    private static double? Memory(long bytes) => bytes > 0 ? ByteUnits.Mebibytes(bytes) : null;
}
