using L4Proxy.Loadbench.Commands;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Testing;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Commands;

/// <summary>Runs without a proxy, with scenarios that do what the test says.</summary>
public sealed class ComparisonTests
{
    private static readonly CompareOptions s_options = new() { Proxies = ["direct"], Rounds = 3, Duration = TimeSpan.FromSeconds(0.1) };

    [Fact]
    public async Task RunAsync_RoundThatFailsInAnyWay_IsNotedAndTheOthersAreKept()
    {
        Requires.Linux();
        Scripted scenario = new("some", context => context.Round == 2 ? throw new HttpRequestException("no\nanswer") : Of(context));
        await using Comparison comparison = new(s_options, _ => { });

        CompareResult result = await comparison.RunAsync([scenario], _ => Task.CompletedTask, CancellationToken.None);

        Assert.Equal([1, 3], result.Samples.Select(s => s.Round));
        Assert.Contains("some 2/3 direct failed: HttpRequestException: no answer", result.Environment.Remarks);
        Assert.Empty(comparison.WithoutFigures);
    }

    [Fact]
    public async Task RunAsync_ScenarioThatAlwaysFails_IsNamed()
    {
        Requires.Linux();
        Scripted good = new("good", Of);
        Scripted bad = new("bad", _ => throw new LoadException("there is no free port"));
        await using Comparison comparison = new(s_options, _ => { });

        await comparison.RunAsync([bad, good], _ => Task.CompletedTask, CancellationToken.None);

        Assert.Equal(["bad"], comparison.WithoutFigures);
    }

    [Fact]
    public async Task RunAsync_EachScenario_IsTold()
    {
        Requires.Linux();
        List<int> samples = [];
        await using Comparison comparison = new(s_options, _ => { });

        await comparison.RunAsync([new Scripted("one", Of), new Scripted("two", Of)], KeepAsync, CancellationToken.None);

        Assert.Equal([3, 6], samples);

        Task KeepAsync(CompareResult result)
        {
            samples.Add(result.Samples.Length);
            return Task.CompletedTask;
        }
    }

    /// <summary>Whoever ends a long run has waited for what it found until then.</summary>
    [Fact]
    public async Task RunAsync_Cancelled_GivesWhatItHas()
    {
        Requires.Linux();
        using CancellationTokenSource cancellation = new();
        Scripted scenario = new("some", context =>
        {
            if (context.Round == 2)
            {
                cancellation.Cancel();
                throw new InvalidOperationException("cut short");
            }

            return Of(context);
        });
        await using Comparison comparison = new(s_options, _ => { });

        CompareResult result = await comparison.RunAsync([scenario], _ => Task.CompletedTask, cancellation.Token);

        Assert.True(comparison.IsInterrupted);
        Assert.Single(result.Samples);
        Assert.Contains(result.Environment.Remarks, r => r.StartsWith("The run was interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_ManyPortsInEachRound_ComeBack()
    {
        Requires.Linux();
        Scripted scenario = new("many", context =>
        {
            context.Workspace.Ports.Take(1_000);
            return Of(context);
        });
        await using Comparison comparison = new(s_options with { Rounds = 25 }, _ => { });

        CompareResult result = await comparison.RunAsync([scenario], _ => Task.CompletedTask, CancellationToken.None);

        Assert.Equal(25, result.Samples.Length);
    }

    private static Sample Of(ScenarioContext context) => new() { Scenario = "", Subject = context.Subject.Name, Round = context.Round };

    private sealed class Scripted(string name, Func<ScenarioContext, Sample> run) : IScenario
    {
        public ScenarioSummary Summary { get; } = new(name, "Does what the test says.", "operation");

        public bool NeedsProxy => false;

        public bool IsLong => false;

        public Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation) =>
            Task.FromResult(run(context) with { Scenario = name });
    }
}
