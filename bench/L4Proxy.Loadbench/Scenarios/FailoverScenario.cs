using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>One of three endpoints fails: how long clients wait for the first byte from then on.</summary>
internal sealed class FailoverScenario(FaultKind kind) : IScenario
{
    private const int Endpoints = 3;
    private const int ConnectionsPerSecond = 200;

    /// <summary>Those that a third of all clients may wait on in vain until they time out.</summary>
    private const int Connections = 512;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A quantile says over which time; the longest wait, which is shown beside it, does not depend on it. In this one, an attempt of 1 s is 1
    /// in 20 of all connections, and the delay after which a second endpoint is tried beside a silent one, 1 in 200.
    /// </summary>
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(6);

    public ScenarioSummary Summary { get; } = kind switch
    {
        FaultKind.Refused => Describe("failover-refused", "has ended, so that connecting to it is refused"),
        FaultKind.BlackHole => Describe("failover-black-hole", "has become silent, as if its host were gone"),
        _ => Describe("failover-stopped", "has stopped: its kernel accepts connections that nobody answers"),
    };

    public bool NeedsProxy => true;

    public bool NeedsTable => true;

    public bool IsLong => true;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        List<BackendProcess> backends = [];
        try
        {
            while (backends.Count < Endpoints)
            {
                backends.Add(await BackendProcess.StartAsync(
                    [context.Workspace.Ports.Take()], threads: 1, cancellation, context.Workspace.Guardian));
            }

            SubjectListener listener = new(context.Workspace.Ports.Take(), [.. backends.Select(b => b.EndPoints[0])]);
            await using ISubject subject = await OwnSubject.StartAsync(context, [listener], cancellation);
            using Fault fault = await Fault.BeginAsync(kind, backends[^1], cancellation);
            if (kind == FaultKind.Refused)
            {
                backends.RemoveAt(Endpoints - 1);
            }

            // Nothing is under way when it begins, and the load begins with it: every client counts, the first ones too.
            SubjectMeter meter = new(subject, [.. backends.SelectMany(b => b.ProcessIds)]);
            LoadResult result = await context.Generator.RunAsync(
                OwnSubject.NewConnections(subject, listener) with
                {
                    Rate = ConnectionsPerSecond,
                    Connections = Connections,
                    Duration = WindowOf(context.Duration),
                    Timeout = s_patience,

                    // Longer than the last of them may wait, and a timeout may be noticed a little late.
                    Grace = 1.2 * s_patience,
                    Begun = meter.Begin,
                    Ended = meter.End,
                },
                cancellation);
            return Samples.Of(this, context, result, meter).With(
                ("time to first byte p50 (us)", result.FirstByte.Quantile(0.5).TotalMicroseconds),
                ("time to first byte p99 (us)", result.FirstByte.Quantile(0.99).TotalMicroseconds),
                ("time to first byte longest (us)", result.FirstByte.Longest.TotalMicroseconds));
        }
        finally
        {
            foreach (BackendProcess backend in backends)
            {
                await backend.DisposeAsync();
            }
        }
    }

    /// <summary>A first look has no time for all of it, and no claim on the quantile.</summary>
    private static TimeSpan WindowOf(TimeSpan round) => TimeSpan.FromTicks(Math.Min(s_window.Ticks, 4 * round.Ticks));

    private static ScenarioSummary Describe(string name, string what) => new(
        name, $"{ConnectionsPerSecond} connections a second with one exchange each to {Endpoints} endpoints, in the {s_window.TotalSeconds} s (at most four times the rounds' duration) after one of them {what}.", "connection");
}
