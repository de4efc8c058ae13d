using System.Globalization;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>The table on the console, a line at the end of each step.</summary>
internal sealed class StepTable(TextWriter output)
{
    private const int NameWidth = 20;

    public void WriteHeader() => output.WriteLine(
        $"{"step",-NameWidth} {"asked/s",9} {"op/s",9} {"MB/s",8} {"p50",9} {"p90",9} {"p99",9} {"p99.9",9} {"max",9} {"errors",8}");

    public void Write(StepOutcome outcome)
    {
        LoadResult result = outcome.Result;
        LatencyHistogram latency = result.Response ?? result.Service;
        string asked = result.AskedRate?.ToString("0", CultureInfo.InvariantCulture) ?? "-";
        double megabytes = (result.BytesSent + result.BytesReceived) / result.Elapsed.TotalSeconds / 1e6;
        string reached = result.Kind == LoadKind.Hold ? "-" : result.OperationsPerSecond.ToString("0", CultureInfo.InvariantCulture);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome.Step.Name,-NameWidth} {asked,9} {reached,9} {megabytes,8:0.0} {At(latency, 0.5),9} " +
            $"{At(latency, 0.9),9} {At(latency, 0.99),9} {At(latency, 0.999),9} {Text(latency.Longest),9} {result.Errors.Values.Sum(),8}"));
        foreach (string remark in RemarksOn(outcome))
        {
            output.WriteLine($"  {remark}");
        }
    }

    private static IEnumerable<string> RemarksOn(StepOutcome outcome)
    {
        LoadResult result = outcome.Result;
        if (result.Errors.Count > 0)
        {
            yield return $"errors: {string.Join(", ", result.Errors.OrderBy(e => e.Key).Select(e => $"{e.Key} {e.Value}"))}";
        }

        if (result.Kind == LoadKind.Hold)
        {
            yield return $"{result.Operations} of {outcome.Step.Plan.Connections} connections were open when holding began";
        }

        if (outcome.IsCutShort)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"cut short after {result.Elapsed.TotalSeconds:0.0} s: thresholds are not judged");
        }
        else if (outcome.IsEmpty)
        {
            yield return outcome.Step.Thresholds.IsEmpty ? "nothing was completed" : "nothing was completed: no threshold holds";
        }

        if (result.IsSaturated && !outcome.IsCutShort)
        {
            yield return "saturated: less than 98 % of the asked rate was reached";
        }

        if (result.IsGeneratorBound)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"a thread of the generator itself was busy for {result.BusiestThread:P0} of the time: more threads may show more");
        }

        foreach (LoadThreshold missed in outcome.Missed)
        {
            yield return $"missed: {missed.Text}";
        }
    }

    private static string At(LatencyHistogram latency, double share) => Text(latency.Quantile(share));

    private static string Text(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0.0}us"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00}ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000}s"),
    };
}
