using System.CommandLine;
using System.Globalization;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.ClusterBench;

/// <summary>How the program behaves in a large cluster: time to the first table, memory, and how soon changes are in force.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        Option<int> services = Number("--services", 10_000, "Services in the cluster.");
        Option<int> endpoints = Number("--endpoints", 10, "Endpoints of each Service.");
        Option<int> changes = Number("--changes", 100, "Single changes that are measured while nothing else happens.");
        Option<int> rate = Number("--rate", 1000, "Changes a second in the storm.");
        Option<int> seconds = Number("--seconds", 60, "Length of the storm.");
        Option<string> engine = new("--engine") { DefaultValueFactory = _ => "auto", Description = "Engine of the proxy." };
        RootCommand command = new("Measures l4proxy against an API server of the tests' own, all on loopback.")
        {
            services, endpoints, changes, rate, seconds, engine,
        };
        command.SetAction(parsed => RunAsync(new BenchOptions
        {
            Services = parsed.GetValue(services),
            Endpoints = parsed.GetValue(endpoints),
            Changes = parsed.GetValue(changes),
            Rate = parsed.GetValue(rate),
            Seconds = parsed.GetValue(seconds),
            Engine = parsed.GetRequiredValue(engine),
        }));
        return await command.Parse(args).InvokeAsync();
    }

    private static Option<int> Number(string name, int usual, string description) =>
        new(name) { DefaultValueFactory = _ => usual, Description = description };

    private static async Task RunAsync(BenchOptions options)
    {
        await using FakeApiServer api = await FakeApiServer.StartAsync();
        Fill(api, options);
        await using MarkerService marker = new(api);
        (Subject subject, TimeSpan ready) = await Subject.StartAsync(api, options.Engine);
        await using Subject running = subject;
        Row("what", "value");
        Row("---", "---");
        Row($"first table of {options.Services} Services x {options.Endpoints} endpoints, from start", $"{ready.TotalSeconds:F2} s");
        Row("resident after it", $"{subject.ResidentMB:F0} MB (peak {subject.PeakMB:F0} MB)");

        Row("first connection answered", $"{(await marker.AnswerAsync(subject.Marker)).TotalMilliseconds:F1} ms");
        List<TimeSpan> calm = [];
        for (int i = 0; i < options.Changes; i++)
        {
            calm.Add(await marker.MoveAsync(subject.Marker));
            await Task.Delay(20);
        }

        Row("first change in force", $"{calm[0].TotalMilliseconds:F1} ms");
        Row("one change in force after it", Percentiles(calm[1..]));
        if (options.Seconds > 0)
        {
            await StormAsync(api, marker, subject, options);
        }
    }

    private static async Task StormAsync(FakeApiServer api, MarkerService marker, Subject subject, BenchOptions options)
    {
        Storm storm = new(api, options);
        TimeSpan before = subject.ProcessorTime;
        List<TimeSpan> moves = await storm.RunAsync(marker, subject.Marker);
        double share = (subject.ProcessorTime - before) / TimeSpan.FromSeconds(options.Seconds);
        TimeSpan after = await marker.MoveAsync(subject.Marker);
        Row($"changes in {options.Seconds} s", storm.Changes.ToString(CultureInfo.InvariantCulture));
        Row("one change in force meanwhile", Percentiles(moves));
        Row("the same, first and last quarter", $"{Median(moves[..(moves.Count / 4)])} and {Median(moves[^(moves.Count / 4)..])} (median)");
        Row("one change in force right after", $"{after.TotalMilliseconds:F1} ms");
        Row("processor time of the proxy meanwhile", $"{share:P0} of one core");
        Row("resident after it", $"{subject.ResidentMB:F0} MB (peak {subject.PeakMB:F0} MB)");
    }

    private static void Fill(FakeApiServer api, BenchOptions options)
    {
        api.Apply(ClusterObjects.Nodes());
        for (int i = 0; i < options.Services; i++)
        {
            api.Apply(ClusterObjects.Service($"svc-{i}", i));
            api.Apply(ClusterObjects.Slice($"svc-{i}", ClusterObjects.Pods(i, options.Endpoints, generation: 0)));
        }
    }

    private static string Percentiles(List<TimeSpan> times)
    {
        TimeSpan[] ordered = [.. times.Order()];
        double At(double share) => ordered[Math.Min(ordered.Length - 1, (int)(ordered.Length * share))].TotalMilliseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"median {At(0.5):F1}, p95 {At(0.95):F1}, p99 {At(0.99):F1}, most {ordered[^1].TotalMilliseconds:F1} ms ({ordered.Length} times)");
    }

    private static string Median(List<TimeSpan> times) => times.Count == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{times.Order().ElementAt(times.Count / 2).TotalMilliseconds:F1} ms");

    private static void Row(string what, string value) => Console.WriteLine($"| {what} | {value} |");
}
