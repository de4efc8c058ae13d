using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Listeners come and go while others are under load: what a proxy cannot change in place, it reloads for.</summary>
internal sealed class ReloadScenario : IScenario
{
    private const int More = 10;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Far below what any of them can do: what is looked for is not speed but what gets lost.</summary>
    private const int RequestsPerSecond = 2_000;
    private const int ConnectionsPerSecond = 500;

    public ScenarioSummary Summary { get; } = new(
        "reload",
        $"{RequestsPerSecond} exchanges a second over 16 connections that stay, and {ConnectionsPerSecond} new connections a second, while {More} other listeners come or go every {s_interval.TotalMilliseconds} ms; what takes over {OwnSubject.Patience.TotalSeconds} s has failed.",
        "operation");

    public bool NeedsProxy => true;

    public bool NeedsTable => true;

    public bool IsLong => true;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        SubjectListener main = new(context.Workspace.Ports.Take(), [context.Backends[0]]);
        ImmutableArray<SubjectListener> few = [main];
        ImmutableArray<SubjectListener> many =
            [main, .. context.Workspace.Ports.Take(More).Select(address => new SubjectListener(address, [context.Backends[0]]))];
        await using ISubject subject = await OwnSubject.StartAsync(context, few, cancellation);

        SubjectMeter meter = new(subject, context.BackendProcessIds);
        ChangeLoop changes = new(subject, s_interval, made => made % 2 == 1 ? many : few);
        LoadResult result = await LoadWithChanges.RunAsync(
            context.Generator, meter, PlansFor(subject.Target(main), context), changes, cancellation);
        return Samples.Of(this, context, result, meter).With(
            ("change in force after p50 (us)", changes.InForce.Quantile(0.5).TotalMicroseconds),
            ("longest response (us)", result.Response?.Longest.TotalMicroseconds ?? 0));
    }

    private static ImmutableArray<LoadPlan> PlansFor(IPEndPoint target, ScenarioContext context)
    {
        LoadPlan stay = new()
        {
            Kind = LoadKind.Exchange,
            Targets = [target],
            Connections = 16,
            Exchange = Exchanges.Small,
            Rate = RequestsPerSecond,
            Timeout = OwnSubject.Patience,
            WarmUp = context.WarmUp,
            Duration = context.Duration.AtLeast(2.5),
        };
        return
        [
            stay,
            stay with { Kind = LoadKind.ConnectExchange, Exchange = Exchanges.SmallAndClose, Rate = ConnectionsPerSecond },
        ];
    }
}
