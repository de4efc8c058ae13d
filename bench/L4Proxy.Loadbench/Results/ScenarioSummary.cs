namespace L4Proxy.Loadbench.Results;

/// <summary>What a scenario is, for a reader of its figures.</summary>
/// <param name="Name">Such as <c>rr-64</c>.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Operation">What one operation is: <c>request</c>, <c>connection</c>, <c>GB</c>.</param>
internal sealed record ScenarioSummary(string Name, string Description, string Operation);
