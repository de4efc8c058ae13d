using System.Collections.Immutable;
using System.Net;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>What a scenario works with.</summary>
internal sealed record ScenarioContext
{
    public required ILoadGenerator Generator { get; init; }

    /// <summary>Started, with one listener that leads to the first backend.</summary>
    public required ISubject Subject { get; init; }

    public required SubjectListener Listener { get; init; }

    /// <summary>Backends that answer as <c>Backends/README.md</c> says.</summary>
    public required ImmutableArray<IPEndPoint> Backends { get; init; }

    /// <summary>From 1 on.</summary>
    public required int Round { get; init; }

    /// <summary>Time that counts in each measurement.</summary>
    public required TimeSpan Duration { get; init; }
}
