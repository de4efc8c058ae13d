using System.Globalization;
using System.Text.RegularExpressions;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>What wrk says of rr-64: a check of this program's own generator by another.</summary>
internal sealed partial class WrkScenario(string program) : IScenario
{
    private const int MatchLimitMs = 1_000;

    public ScenarioSummary Summary { get; } = new("rr-64-wrk", "The same as rr-64 with wrk as the generator.", "request");

    public bool NeedsProxy => false;

    public bool IsLong => true;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        // It takes whole seconds only.
        string seconds = Math.Max(1, Math.Round(context.Duration.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        string threads = LoadThreads.Each.ToString(CultureInfo.InvariantCulture);
        string url = $"http://{context.Subject.Target(context.Listener)}/{Exchanges.SmallBytes}";
        SubjectMeter meter = new(context.Subject, context.BackendProcessIds);
        double before = ProcFiles.ReadChildMicroseconds();
        meter.Begin();
        (int ExitCode, string Text)? output = await PeerProcess.RunAsync([program, $"-t{threads}", "-c64", $"-d{seconds}s", "--latency", url], cancellation);
        meter.End();
        return Parse(output?.Text ?? "", Samples.Of(this, context, meter).WithGenerator(ProcFiles.ReadChildMicroseconds() - before, meter));
    }

    /// <summary>Adds what wrk wrote to a sample.</summary>
    /// <exception cref="LoadException">It is not what wrk writes.</exception>
    public static Sample Parse(string output, Sample sample)
    {
        Match total = Total().Match(output);
        if (!total.Success)
        {
            throw new LoadException($"wrk does not say how many requests there were: {output.Trim().ReplaceLineEndings(" | ")}");
        }

        double seconds = Number(total.Groups["seconds"].Value) * UnitOf(total.Groups["unit"].Value) / 1e6;
        long requests = long.Parse(total.Groups["count"].Value, CultureInfo.InvariantCulture);
        long errors = CountOf(Errors().Match(output));
        long refusals = CountOf(Refusals().Match(output));
        return (sample with
        {
            Seconds = seconds,
            Operations = requests,
            OperationsPerSecond = requests / seconds,
            Errors = sample.Errors.AddRange(
                new Dictionary<string, long>(StringComparer.Ordinal) { ["Wrk"] = errors, ["Status"] = refusals }.Where(e => e.Value > 0)),
        }).With([.. Quantiles().Matches(output).Select(m =>
            ($"wrk p{m.Groups["share"].Value} (us)", Number(m.Groups["number"].Value) * UnitOf(m.Groups["unit"].Value)))]);
    }

    private static long CountOf(Match match) => match.Groups["count"].Captures.Sum(c => long.Parse(c.Value, CultureInfo.InvariantCulture));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double UnitOf(string unit) => unit switch
    {
        "us" => 1,
        "ms" => 1e3,
        "s" => 1e6,
        _ => 60e6,
    };

    [GeneratedRegex(@"(?<count>\d+) requests in (?<seconds>[\d.]+)(?<unit>us|ms|s|m)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Total();

    [GeneratedRegex(@"Socket errors: connect (?<count>\d+), read (?<count>\d+), write (?<count>\d+), timeout (?<count>\d+)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Errors();

    /// <summary>Answers that are none: wrk counts them as requests.</summary>
    [GeneratedRegex(@"Non-2xx or 3xx responses: (?<count>\d+)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Refusals();

    [GeneratedRegex(@"^\s+(?<share>50|90|99)%\s+(?<number>[\d.]+)(?<unit>us|ms|s|m)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, MatchLimitMs)]
    private static partial Regex Quantiles();
}
