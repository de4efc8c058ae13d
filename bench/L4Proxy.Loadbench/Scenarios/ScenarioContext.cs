using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Results;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>What a scenario works with.</summary>
internal sealed record ScenarioContext
{
    public required ILoadGenerator Generator { get; init; }

    /// <summary>Started, with one listener that leads to the first backend. It stays as it is: other scenarios use it, too.</summary>
    public required ISubject Subject { get; init; }

    public required SubjectListener Listener { get; init; }

    /// <summary>Makes another one of the same kind, not started, which the scenario disposes of.</summary>
    public required Func<ISubject> CreateSubject { get; init; }

    public required Workspace Workspace { get; init; }

    /// <summary>Backends that answer as <c>Backends/README.md</c> says.</summary>
    public required ImmutableArray<IPEndPoint> Backends { get; init; }

    /// <summary>Their processes.</summary>
    public required ImmutableArray<int> BackendProcessIds { get; init; }

    /// <summary>What has been measured before in this run.</summary>
    public required IReadOnlyCollection<Sample> Earlier { get; init; }

    /// <summary>From 1 on.</summary>
    public required int Round { get; init; }

    /// <summary>Time that counts in each measurement.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Load before that, on the shared <see cref="Subject"/>, which is warm.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(300);
}
