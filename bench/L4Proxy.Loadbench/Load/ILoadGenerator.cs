namespace L4Proxy.Loadbench.Load;

/// <summary>Puts load on servers.</summary>
internal interface ILoadGenerator
{
    /// <summary>Runs a plan to its end; errors of servers are counted, not thrown.</summary>
    /// <exception cref="LoadException">The plan cannot be run on this system.</exception>
    Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken cancellation);
}
