using System.Collections.Immutable;
using System.Globalization;
using L4Proxy.Loadbench.Backends;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Commands;

/// <summary>Starts the proxies, runs all scenarios with each of them in turn, and stops what it started.</summary>
/// <param name="options">What to do.</param>
/// <param name="say">Told what goes on, line by line.</param>
internal sealed class Comparison(CompareOptions options, Action<string> say) : IAsyncDisposable
{
    /// <summary>One takes part in all scenarios; others take its place where endpoints change.</summary>
    private const int BackendAddresses = 4;

    private readonly LoadGenerator _generator = new();
    private readonly Workspace _workspace = new();
    private readonly List<Sample> _samples = [];
    private readonly List<string> _remarks = [];
    private BackendProcess? _backends;
    private Contenders? _contenders;

    /// <summary>Whether it ended before its time because it was told to.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Proxies that are there and do not work, and scenarios that were tried: those that have no figure at all.</summary>
    public ImmutableArray<string> WithoutFigures { get; private set; } = [];

    private ImmutableArray<Contender> Present => _contenders?.Present ?? [];

    /// <inheritdoc cref="RunAsync(ImmutableArray{IScenario}, Func{CompareResult, Task}, CancellationToken)"/>
    public Task<CompareResult> RunAsync(Func<CompareResult, Task> measured, CancellationToken cancellation) =>
        RunAsync(ScenarioCatalog.Choose(options.Scenarios, Note), measured, cancellation);

    /// <summary>Measures all; what it has until then when it is cancelled.</summary>
    /// <param name="scenarios">In this order.</param>
    /// <param name="measured">Told what there is after each scenario.</param>
    /// <param name="cancellation">Ends the run early, not with an exception.</param>
    /// <exception cref="LoadException">Nothing can be compared.</exception>
    internal async Task<CompareResult> RunAsync(
        ImmutableArray<IScenario> scenarios, Func<CompareResult, Task> measured, CancellationToken cancellation)
    {
        BenchEnvironment environment = BenchEnvironmentProbe.Collect(options.Arguments, TimeProvider.System);
        try
        {
            _backends = await BackendProcess.StartAsync(
                _workspace.Ports.Take(BackendAddresses), LoadThreads.Each, cancellation, _workspace.Guardian);
            _contenders = new Contenders(options, _workspace, _generator, say, Note);
            await _contenders.PrepareAsync(_backends.EndPoints[0], scenarios, cancellation);
            WithoutFigures = _contenders.Broken;
            foreach (IScenario scenario in scenarios)
            {
                await MeasureAsync(scenario, cancellation);
                await measured(ResultOf(environment, scenarios));
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // What is cut short may fail in any way.
            IsInterrupted = true;
            Note("The run was interrupted: rounds, scenarios or both are missing.");
        }

        return ResultOf(environment, scenarios);
    }

    public async ValueTask DisposeAsync()
    {
        if (_contenders is not null)
        {
            await _contenders.DisposeAsync();
        }

        if (_backends is not null)
        {
            await _backends.DisposeAsync();
        }

        _workspace.Dispose();
    }

    private static IEnumerable<string> Cramped()
    {
        if (Environment.ProcessorCount < 2)
        {
            yield return "With one core, the proxies, the backends and the load generator take turns: latencies say more about the scheduler than about proxies.";
        }
    }

    private IEnumerable<string> OtherBuild()
    {
        if (options.L4Proxy is { } program)
        {
            yield return $"l4proxy is the build '{program}', named by --l4proxy: the commit is that of the program that measured it.";
        }
    }

    private IEnumerable<string> Disturbed()
    {
        if (_samples.Where(s => s.IsDisturbed).MaxBy(s => s.ForeignShare) is { } most)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"In {_samples.Count(s => s.IsDisturbed)} of {_samples.Count} measurements others took over {Sample.MostForeign:0%} of the processors, most of it, {most.ForeignShare:0%}, in {most.Scenario}, {most.Subject}, round {most.Round}.");
        }
    }

    private CompareResult ResultOf(BenchEnvironment environment, ImmutableArray<IScenario> scenarios) => new()
    {
        Environment = environment with
        {
            Versions = Present.ToImmutableSortedDictionary(c => c.Kind.Name, c => c.Kind.Version, StringComparer.Ordinal),
            CommandLines = Present.ToImmutableSortedDictionary(c => c.Kind.Name, c => c.Subject.CommandLine, StringComparer.Ordinal),
            Configurations = Present.Where(c => !c.Subject.Configuration.IsEmpty)
                .ToImmutableSortedDictionary(c => c.Kind.Name, c => c.Subject.Configuration, StringComparer.Ordinal),
            Remarks = [.. environment.Remarks, .. Cramped(), .. OtherBuild(), .. Disturbed(), .. _remarks],
        },
        Scenarios = [.. scenarios.Select(s => s.Summary)],
        Samples = [.. _samples],
    };

    private async Task MeasureAsync(IScenario scenario, CancellationToken cancellation)
    {
        ImmutableArray<Contender> all = [.. Present.Where(c => Contender.CanTakePart(c.Kind, scenario))];
        int rounds = options.Quick && scenario.IsLong ? 1 : options.Rounds;
        for (int round = 1; round <= rounds && !all.IsEmpty; round++)
        {
            foreach (Contender contender in RoundOrder.For(all, round))
            {
                await MeasureAsync(scenario, contender, round, rounds, cancellation);
            }
        }

        string name = scenario.Summary.Name;
        if (!all.IsEmpty && !_samples.Exists(s => s.Scenario == name))
        {
            WithoutFigures = WithoutFigures.Add(name);
        }
    }

    private async Task MeasureAsync(IScenario scenario, Contender contender, int round, int rounds, CancellationToken cancellation)
    {
        using IDisposable ports = _workspace.Ports.Lease();
        ScenarioContext context = new()
        {
            Generator = _generator,
            Subject = contender.Subject,
            Listener = contender.Listener,
            CreateSubject = contender.Create,
            Workspace = _workspace,
            Backends = _backends!.EndPoints,
            BackendProcessIds = _backends.ProcessIds,
            Earlier = _samples,
            Round = round,
            Duration = options.Duration,
        };
        string where = string.Create(CultureInfo.InvariantCulture, $"{scenario.Summary.Name} {round}/{rounds} {contender.Kind.Name}");
        try
        {
            MachineReading before = MachineReading.Take();
            Sample sample = await scenario.RunAsync(context, cancellation);
            sample = sample with { ForeignShare = MachineReading.Take().ForeignShareSince(before) };
            _samples.Add(sample);
            say($"{where}: {ProgressText.Of(sample, scenario.Summary)}");
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it is, hours of other figures are not to be lost with it.
            Note($"{where} failed: {(e is LoadException ? e.Message : $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}")}");
        }
    }

    /// <summary>For those who run it, and for those who read its results.</summary>
    private void Note(string remark)
    {
        say(remark);
        _remarks.Add(remark);
    }
}
