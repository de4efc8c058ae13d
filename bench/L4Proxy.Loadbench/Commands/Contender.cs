using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Scenarios;
using L4Proxy.Loadbench.Subjects;

namespace L4Proxy.Loadbench.Commands;

/// <summary>A proxy that takes part in a comparison.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">Started and warm, for all scenarios that change nothing about it.</param>
/// <param name="Listener">What it listens on.</param>
/// <param name="Create">Makes another one for a scenario of its own.</param>
internal sealed record Contender(SubjectKind Kind, ISubject Subject, SubjectListener Listener, Func<ISubject> Create)
{
    /// <summary>Whether a scenario is one for such a proxy.</summary>
    public static bool CanTakePart(SubjectKind kind, IScenario scenario) =>
        (!scenario.NeedsProxy || kind.Name != SubjectNames.Direct)
        && (!scenario.NeedsTable || !kind.IsFixed)
        && (kind.Only is null || scenario.Summary.Name.StartsWith(kind.Only, StringComparison.Ordinal));
}
