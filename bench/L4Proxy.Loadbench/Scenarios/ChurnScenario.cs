using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Endpoints come and go while clients connect.</summary>
internal sealed class ChurnScenario : IScenario
{
    private const int ChangesPerSecond = 100;
    private const int Used = 3;

    public ScenarioSummary Summary { get; } = new(
        "churn",
        $"Connect, one exchange, close, while one of {Used} endpoints is replaced {ChangesPerSecond} times a second; changes that meet one under way go in together. What takes over {OwnSubject.Patience.TotalSeconds} s has failed.",
        "connection");

    public bool NeedsProxy => true;

    public bool NeedsTable => true;

    public bool IsLong => true;

    /// <summary>Which of the backends are used after a number of changes: each replaces one, in turn, by the one that was not used.</summary>
    public static ImmutableArray<IPEndPoint> EndpointsAfter(int changes, ImmutableArray<IPEndPoint> backends)
    {
        // The same again after as many changes as there are ways to leave one out, in every order.
        const int Period = Used * (Used + 1);
        IPEndPoint[] used = [.. backends[..Used]];
        IPEndPoint spare = backends[Used];
        for (int i = 0; i < changes % Period; i++)
        {
            (used[i % Used], spare) = (spare, used[i % Used]);
        }

        return [.. used];
    }

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        IPEndPoint address = context.Workspace.Ports.Take();
        SubjectListener Listener(int changes) => new(address, EndpointsAfter(changes, context.Backends));
        await using ISubject subject = await OwnSubject.StartAsync(context, [Listener(0)], cancellation);

        SubjectMeter meter = new(subject, context.BackendProcessIds);
        ChangeLoop changes = new(subject, TimeSpan.FromSeconds(1) / ChangesPerSecond, made => [Listener(made)]);
        LoadPlan plan = OwnSubject.NewConnections(subject, Listener(0)) with
        {
            WarmUp = context.WarmUp,
            Duration = context.Duration.AtLeast(2),
            Timeout = OwnSubject.Patience,
        };
        LoadResult result = await LoadWithChanges.RunAsync(context.Generator, meter, [plan], changes, cancellation);
        return Samples.Of(this, context, result, meter).With(
            ("applications (1/s)", changes.Applications / result.Elapsed.TotalSeconds),
            ("change in force after p50 (us)", changes.InForce.Quantile(0.5).TotalMicroseconds),
            ("change in force after p99 (us)", changes.InForce.Quantile(0.99).TotalMicroseconds));
    }
}
