using System.Net;
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

    /// <summary>Longer than all that happens while the first connections are held, which ends them.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

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

        // Half of them, and then the others: memory that the proxy had set apart before may be enough for the first.
        int connections = ConnectionsFor(OpenFiles.Limit);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Held first = Hold(
            context, subject.Target(listener), Math.Max(1, connections / 2),
            plan => plan with { Duration = s_longest, Stop = enough.Token }, cancellation);
        try
        {
            MemoryReading half = await first.ReadAsync(subject, cancellation);
            SubjectMeter meter = new(subject, context.BackendProcessIds);
            Held second = Hold(
                context, subject.Target(listener), Math.Max(1, connections - (connections / 2)),
                plan => plan with { Duration = s_settling * 2, Begun = meter.Begin + plan.Begun, Ended = meter.End }, cancellation);
            MemoryReading all = await second.ReadAsync(subject, cancellation);
            LoadResult result = await second.Load;
            await enough.CancelAsync();
            LoadResult former = await first.Load;
            await Task.Delay(s_settling, cancellation);
            MemoryReading after = MemoryReading.Of(subject.ProcessIds);
            Sample sample = Samples.Of(this, context, result with { Errors = LoadParts.Sum(former.Errors, result.Errors) }, meter);
            return (sample with { Service = null, Operations = 0, OperationsPerSecond = 0 }).With(
                (ExtraFigures.Connections, former.Operations + result.Operations),
                ("bytes per connection", Each(all.Private - before.Private, former.Operations + result.Operations)),
                ("bytes per connection, 2nd half", Each(all.Private - half.Private, result.Operations)),
                ("base RSS (MiB)", ByteUnits.Mebibytes(before.Resident)),
                ("RSS left after closing (MiB)", ByteUnits.Mebibytes(after.Resident - before.Resident)));
        }
        finally
        {
            await enough.CancelAsync();
            await ((Task)first.Load).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static double Each(long bytes, long connections) => bytes / (double)Math.Max(1, connections);

    private static Held Hold(ScenarioContext context, IPEndPoint target, int connections, Func<LoadPlan, LoadPlan> change, CancellationToken cancellation)
    {
        TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        LoadPlan plan = new()
        {
            Kind = LoadKind.Hold,
            Targets = [target],
            Connections = connections,
            Exchange = Exchanges.Small,
            Threads = LoadThreads.Each,
            WarmUp = TimeSpan.Zero,
            Begun = opened.SetResult,
        };
        return new Held(context.Generator.RunAsync(change(plan), cancellation), opened.Task);
    }

    private sealed record Held(Task<LoadResult> Load, Task Opened)
    {
        /// <summary>Memory when all of them have been open for a while.</summary>
        public async Task<MemoryReading> ReadAsync(ISubject subject, CancellationToken cancellation)
        {
            if (await Task.WhenAny(Opened, Load) == Load)
            {
                // It ends before it has begun only with an exception.
                await Load;
            }

            await Task.Delay(s_settling, cancellation);
            return MemoryReading.Of(subject.ProcessIds);
        }
    }
}
