using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Changes a proxy for as long as a load counts.</summary>
internal static class LoadWithChanges
{
    public static async Task<LoadResult> RunAsync(
        ILoadGenerator generator, SubjectMeter meter, ImmutableArray<LoadPlan> plans, ChangeLoop changes, CancellationToken cancellation)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<LoadResult> load = LoadParts.RunAsync(generator, meter, plans, cancellation, begun.SetResult, over.Cancel);
        Task changing = ChangeAsync();
        try
        {
            return await load;
        }
        finally
        {
            begun.TrySetCanceled(CancellationToken.None);
            await over.CancelAsync();
            await changing.ConfigureAwait(load.IsCompletedSuccessfully ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task ChangeAsync()
        {
            await begun.Task;
            await changes.RunAsync(over.Token, cancellation);
        }
    }
}
