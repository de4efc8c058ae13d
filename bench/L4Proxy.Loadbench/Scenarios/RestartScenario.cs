using System.Diagnostics;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>A restart as a service manager does it: stop, wait, start.</summary>
internal sealed class RestartScenario : IScenario
{
    private const int ConnectionsPerSecond = 500;

    public ScenarioSummary Summary { get; } = new(
        "restart", $"{ConnectionsPerSecond} connections a second with one exchange each, while the proxy is told to stop and then started again.", "connection");

    public bool NeedsProxy => true;

    public bool IsLong => true;

    public async Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation)
    {
        SubjectListener listener = new(context.Workspace.Ports.Take(), [context.Backends[0]]);
        await using ISubject former = await OwnSubject.StartAsync(context, [listener], cancellation);
        await using ISubject latter = context.CreateSubject();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<LoadResult> load = context.Generator.RunAsync(
            OwnSubject.NewConnections(former, listener) with
            {
                Rate = ConnectionsPerSecond,
                WarmUp = context.WarmUp,
                Duration = context.Duration.AtLeast(2.5),
                Timeout = TimeSpan.FromSeconds(2),
                Begun = begun.SetResult,
            },
            cancellation);
        TimeSpan away = default;
        TimeSpan starting = default;
        if (await Task.WhenAny(begun.Task, load) == begun.Task)
        {
            long stop = await former.StopAsync();
            long start = Stopwatch.GetTimestamp();
            await latter.StartAsync([listener], cancellation);
            (away, starting) = (Stopwatch.GetElapsedTime(stop), Stopwatch.GetElapsedTime(start));
        }

        LoadResult result = await load;

        // Two processes share the time that counts: what they cost is no figure of either.
        SubjectMeter none = new(new DirectSubject(new SubjectKind(former.Name, former.Version, "")), []);
        return Samples.Of(this, context, result, none).With(
            ("stop to ready (ms)", away.TotalMilliseconds), ("start to ready (ms)", starting.TotalMilliseconds));
    }
}
