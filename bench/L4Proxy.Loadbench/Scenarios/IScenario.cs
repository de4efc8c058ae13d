using L4Proxy.Loadbench.Results;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Something that is done with each proxy in turn, and measured.</summary>
internal interface IScenario
{
    ScenarioSummary Summary { get; }

    /// <summary>Whether it is about something that only a proxy does, so that there is nothing to measure without one.</summary>
    bool NeedsProxy { get; }

    /// <summary>Whether it takes several listeners or several endpoints, or changes them.</summary>
    bool NeedsTable => false;

    /// <summary>Whether a round takes a time of its own, so that a quick comparison does it once.</summary>
    bool IsLong { get; }

    /// <summary>One round with one proxy, which the scenario starts where it needs it otherwise than <see cref="ScenarioContext"/> has it.</summary>
    Task<Sample> RunAsync(ScenarioContext context, CancellationToken cancellation);
}
