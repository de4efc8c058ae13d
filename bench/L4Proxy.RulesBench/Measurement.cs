using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;

namespace L4Proxy.RulesBench;

/// <summary>Measures one way after the other, and prints a table.</summary>
internal static class Measurement
{
    public static async Task RunAsync(BenchOptions options)
    {
        Console.WriteLine(
            $"{new BenchTable(options.Services, options.Endpoints)}; each change {options.Changes} times, one after the other");
        Console.WriteLine();
        Console.WriteLine("| way | what | median | p95 | most | of it in tools | CPU, own + tools | lines |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (Way way in Way.All.Where(w => options.Ways.Contains(w.Name, StringComparer.Ordinal)))
        {
            await MeasureAsync(way, options);
        }
    }

    private static async Task MeasureAsync(Way way, BenchOptions options)
    {
        TimedTools tools = new();
        await using IRulesBackend backend = way.Create(tools);
        ImmutableArray<string> lacking = await backend.ProbeAsync(CancellationToken.None);
        if (!lacking.IsEmpty)
        {
            Console.WriteLine($"| {way.Name} | not measured: {string.Join("; ", lacking)} |");
            return;
        }

        BenchTable table = new(options.Services, options.Endpoints);
        RulesModel model = new(Way.Options);
        try
        {
            Print(way, "first full sync", [await ApplyAsync(backend, model, table, tools)]);
            Print(way, "another endpoint", await RepeatAsync(options, table.ChangeOneEndpoint, () => ApplyAsync(backend, model, table, tools)));
            Print(way, "another cluster IP", await RepeatAsync(options, table.ChangeOneAddress, () => ApplyAsync(backend, model, table, tools)));
            if (way.Bare is { } bare)
            {
                await bare.PrepareAsync(tools);
                Print(way, "the tool alone, one rule", await RepeatAsync(options, () => { }, () => TimeAsync(tools, () => bare.AppendAsync(tools))));
                await bare.RemoveAsync(tools);
            }
        }
        finally
        {
            await backend.CleanUpAsync(CancellationToken.None);
        }
    }

    private static async Task<List<Sample>> RepeatAsync(BenchOptions options, Action change, Func<Task<Sample>> apply)
    {
        List<Sample> samples = [];
        for (int i = 0; i < options.Changes; i++)
        {
            change();
            samples.Add(await apply());
        }

        return samples;
    }

    private static Task<Sample> ApplyAsync(IRulesBackend backend, RulesModel model, BenchTable table, TimedTools tools)
    {
        SourceSnapshot snapshot = table.Snapshot();
        return TimeAsync(tools, () => backend.ApplyAsync(model.Of(snapshot), full: false, CancellationToken.None));
    }

    private static async Task<Sample> TimeAsync(TimedTools tools, Func<Task> work)
    {
        tools.Reset();
        (TimeSpan own, TimeSpan children) = ProcessorTime.Now();
        long start = Stopwatch.GetTimestamp();
        await work();
        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        (TimeSpan ownAfter, TimeSpan childrenAfter) = ProcessorTime.Now();
        return new Sample(wall, tools.Elapsed, tools.Lines, ownAfter - own, childrenAfter - children);
    }

    private static void Print(Way way, string what, List<Sample> samples)
    {
        TimeSpan[] ordered = [.. samples.Select(s => s.Wall).Order()];
        TimeSpan At(double share) => ordered[Math.Min(ordered.Length - 1, (int)(ordered.Length * share))];
        string Mean(Func<Sample, TimeSpan> of) => Text(TimeSpan.FromTicks((long)samples.Average(s => of(s).Ticks)));
        Console.WriteLine(
            $"| {way.Name} | {what} | {Text(At(0.5))} | {Text(At(0.95))} | {Text(ordered[^1])} " +
            $"| {Mean(s => s.InTools)} | {Mean(s => s.Own)} + {Mean(s => s.Tools)} | {samples.Average(s => s.Lines):F0} |");
    }

    private static string Text(TimeSpan time) => time.TotalSeconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F2} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F1} ms");

    /// <summary>What one application cost.</summary>
    private readonly record struct Sample(TimeSpan Wall, TimeSpan InTools, int Lines, TimeSpan Own, TimeSpan Tools);
}
