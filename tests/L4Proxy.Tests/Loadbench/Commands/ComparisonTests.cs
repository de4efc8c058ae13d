using System.Runtime.Versioning;
using L4Proxy.Loadbench.Commands;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;
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

    /// <summary>A proxy that does not start, as one of a version that lacks an option does, takes none of the others with it.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task RunAsync_ProxyThatDoesNotStart_IsLeftOutAndNamed()
    {
        Requires.Linux();
        using TemporaryFolder folder = new();
        string broken = folder["l4proxy"];
        await File.WriteAllTextAsync(broken, "#!/bin/sh\n[ \"$1\" = --version ] && echo 0.0 && exit\necho no such option >&2; exit 1\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        CompareOptions options = s_options with { Proxies = ["direct", "l4proxy-linux"], L4Proxy = broken, Rounds = 1 };
        await using Comparison comparison = new(options, _ => { });

        CompareResult result = await comparison.RunAsync([new Scripted("some", Of)], _ => Task.CompletedTask, CancellationToken.None);

        Assert.Equal(["direct"], result.Samples.Select(s => s.Subject));
        Assert.Equal(["l4proxy-linux"], comparison.WithoutFigures);
        Assert.Contains(result.Environment.Remarks, r => r.StartsWith("l4proxy-linux is left out: ", StringComparison.Ordinal) && r.Contains("no such option", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rr-64", true)]
    [InlineData("idle", true)]
    [InlineData("restart", true)]
    [InlineData("fan", false)]
    [InlineData("churn", false)]
    [InlineData("failover-refused", false)]
    [InlineData("reload", false)]
    public void CanTakePart_RelayWithOneListenerAndEndpoint_IsWhereThatIsEnough(string name, bool expected)
    {
        IScenario scenario = ScenarioCatalog.Choose([name], _ => { }).Single();
        SubjectKind kind = new("ideal", "1", "ideal", IsFixed: true);

        Assert.Equal(expected, Contender.CanTakePart(kind, scenario));
    }

    [Theory]
    [InlineData("bulk-up", true)]
    [InlineData("bulk-down", true)]
    [InlineData("rr-64", false)]
    [InlineData("idle", false)]
    public void CanTakePart_ProxyForBulkAlone_IsNowhereElse(string name, bool expected)
    {
        IScenario scenario = ScenarioCatalog.Choose([name], _ => { }).First();

        Assert.Equal(expected, Contender.CanTakePart(new SubjectKind("haproxy-splice", "1", "haproxy", Only: "bulk"), scenario));
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
