using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>
/// All raw values as CSV (RFC 4180): one record for each sample, a column for each field, for each class of errors and for each extra
/// figure that any sample has. What a sample lacks is empty.
/// </summary>
internal static class CsvReport
{
    private static readonly ImmutableArray<Column> s_fields =
    [
        new("scenario", s => s.Scenario),
        new("subject", s => s.Subject),
        new("round", s => Text(s.Round)),
        new("seconds", s => Text(s.Seconds)),
        new("operations", s => Text(s.Operations)),
        new("operations_per_second", s => Text(s.OperationsPerSecond)),
        new("bytes_per_second", s => Text(s.BytesPerSecond)),
        .. Latency("service", s => s.Service),
        .. Latency("response", s => s.Response),
        new("user_us", s => Text(s.UserMicroseconds)),
        new("system_us", s => Text(s.SystemMicroseconds)),
        new("generator_us", s => Text(s.GeneratorMicroseconds)),
        new("backend_us", s => Text(s.BackendMicroseconds)),
        new("peak_resident_bytes", s => Text(s.PeakResidentBytes)),
        new("end_resident_bytes", s => Text(s.EndResidentBytes)),
        new("asked_rate", s => Text(s.AskedRate)),
        new("saturated", s => Text(s.Saturated)),
        new("late", s => Text(s.Late)),
        new("generator_bound", s => Text(s.GeneratorBound)),
        new("backend_bound", s => Text(s.BackendBound)),
        new("foreign_share", s => Text(s.ForeignShare)),
    ];

    public static string Write(CompareResult result)
    {
        ImmutableArray<Column> columns = [.. s_fields, .. Keys(result, s => s.Errors.Keys).Select(Error), .. Keys(result, s => s.Extra.Keys).Select(Extra)];
        StringBuilder text = new();
        AppendRecord(text, columns.Select(c => c.Name));
        foreach (Sample sample in result.Samples)
        {
            AppendRecord(text, columns.Select(c => c.Of(sample)));
        }

        return text.ToString();
    }

    private static IEnumerable<string> Keys(CompareResult result, Func<Sample, IEnumerable<string>> keys) =>
        result.Samples.SelectMany(keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static Column Error(string key) => new($"errors: {key}", s => Text(s.Errors.GetValueOrDefault(key)));

    private static Column Extra(string key) => new(key, s => s.Extra.TryGetValue(key, out double figure) ? Text(figure) : "");

    private static IEnumerable<Column> Latency(string name, Func<Sample, LatencySummary?> of) =>
    [
        new($"{name}_p50_us", s => Text(of(s)?.P50)),
        new($"{name}_p90_us", s => Text(of(s)?.P90)),
        new($"{name}_p99_us", s => Text(of(s)?.P99)),
        new($"{name}_p99.9_us", s => Text(of(s)?.P999)),
        new($"{name}_longest_us", s => Text(of(s)?.Longest)),
        new($"{name}_mean_us", s => Text(of(s)?.Mean)),
    ];

    private static string Text(bool flag) => flag ? "true" : "false";

    private static string Text(double? figure) => figure?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static void AppendRecord(StringBuilder text, IEnumerable<string> fields) => text.AppendJoin(',', fields.Select(Quote)).Append("\r\n");

    private static string Quote(string field) => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    private sealed record Column(string Name, Func<Sample, string> Of);
}
