using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Memory of connections that nothing moves on.</summary>
internal sealed class IdleScenario : IScenario
{
    /// <summary>More would tell nothing new about one of them.</summary>
    private const int MostConnections = 10_000;

    /// <summary>Long enough that a proxy gives back what it means to give back soon.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(1);

    /// <summary>Descriptors of a proxy for a connection: two, and half of one for pipes to splice with, which HAProxy sets apart.</summary>
    private const double FilesEach = 2.5;

    /// <summary>For listeners, event loops and logs.</summary>
    private const int OtherFiles = 500;

    public ScenarioSummary Summary { get; } = new(
        "idle", $"As many connections as the limit of open files allows a proxy, up to {MostConnections}, opened and held without traffic.", "connection");

    public bool NeedsProxy => true;

    public bool IsLong => true;

    public static int ConnectionsFor(long openFiles) => (int)Math.Clamp((openFiles - OtherFiles) / FilesEach, 1, MostConnections);

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        SubjectListener listener = new(context.Workspace.Ports.Take(), [context.Backends[0]]);
        await using ISubject subject = await OwnSubject.StartAsync(context, [listener], cancellation);
        await Task.Delay(s_settling, cancellation);
        MemoryReading before = MemoryReading.Of(subject.ProcessIds);

        MemoryReading held = default;
        SubjectMeter meter = new(subject, context.BackendProcessIds);
        TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<LoadResult> load = context.Generator.RunAsync(
            new LoadPlan
            {
                Kind = LoadKind.Hold,
                Targets = [subject.Target(listener)],
                Connections = ConnectionsFor(OpenFiles.Limit),
                Exchange = Exchanges.Small,
                WarmUp = TimeSpan.Zero,
                Duration = s_settling * 2,
                Begun = () =>
                {
                    meter.Begin();
                    opened.SetResult();
                },
                Ended = meter.End,
            },
            cancellation);
        if (await Task.WhenAny(opened.Task, load) == opened.Task)
        {
            await Task.Delay(s_settling, cancellation);
            held = MemoryReading.Of(subject.ProcessIds);
        }

        LoadResult result = await load;
        await Task.Delay(s_settling, cancellation);
        MemoryReading after = MemoryReading.Of(subject.ProcessIds);
        return (Samples.Of(this, context, result, meter) with { Service = null, Operations = 0, OperationsPerSecond = 0 }).With(
            (ExtraFigures.Connections, result.Operations),
            ("bytes per connection", (held.Private - before.Private) / (double)Math.Max(1, result.Operations)),
            ("base RSS (MiB)", ByteUnits.Mebibytes(before.Resident)),
            ("RSS left after closing (MiB)", ByteUnits.Mebibytes(after.Resident - before.Resident)));
    }
}
