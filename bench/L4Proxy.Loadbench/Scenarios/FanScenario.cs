using System.Collections.Immutable;
using System.Diagnostics;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Many listeners, as a node has for its cluster's Services.</summary>
internal sealed class FanScenario : IScenario
{
    private const int MostListeners = 1_000;

    /// <summary>For connections and whatever else a proxy opens.</summary>
    private const int OtherFiles = 500;

    public ScenarioSummary Summary { get; } = new(
        "fan", $"{MostListeners} listeners, or as many as the limit of open files allows; connect, one exchange, close, on each in turn.", "connection");

    public bool NeedsProxy => true;

    public bool NeedsTable => true;

    public bool IsLong => true;

    /// <summary>Peers open each listener once for each core.</summary>
    public static int ListenersFor(long openFiles, int cores) => (int)Math.Clamp((openFiles - OtherFiles) / cores, 1, MostListeners);

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        ImmutableArray<SubjectListener> listeners =
        [
            .. context.Workspace.Ports.Take(ListenersFor(OpenFiles.Limit, Environment.ProcessorCount))
                .Select(address => new SubjectListener(address, [context.Backends[0]])),
        ];
        await using ISubject subject = context.CreateSubject();
        long start = Stopwatch.GetTimestamp();
        await subject.StartAsync(listeners, cancellation);
        TimeSpan started = Stopwatch.GetElapsedTime(start);
        MemoryReading memory = MemoryReading.Of(subject.ProcessIds);

        LoadPlan plan = OwnSubject.NewConnections(subject, listeners[0]) with
        {
            Targets = [.. listeners.Select(subject.Target)],
            WarmUp = TimeSpan.FromSeconds(1),
            Duration = context.Duration,
        };
        SubjectMeter meter = new(subject, context.BackendProcessIds);
        LoadResult result = await context.Generator.RunAsync(plan with { Begun = meter.Begin, Ended = meter.End }, cancellation);
        return Samples.Of(this, context, result, meter).With(
            ("start (ms)", started.TotalMilliseconds), ("base RSS (MiB)", ByteUnits.Mebibytes(memory.Resident)));
    }
}
