using System.Collections.Immutable;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Measuring;

namespace L4Proxy.Loadbench.Scenarios;

/// <summary>Several loads at once, seen as one.</summary>
internal static class LoadParts
{
    /// <summary>Runs all plans at the same time; what the meter shows is for the time that counts in the first.</summary>
    /// <param name="generator">What runs them.</param>
    /// <param name="meter">Of the proxy under load.</param>
    /// <param name="plans">One or more.</param>
    /// <param name="cancellation">Ends all of them.</param>
    /// <param name="begun">Called when the first begins to count.</param>
    /// <param name="ended">Called when the first does not count any more.</param>
    public static async Task<LoadResult> RunAsync(
        ILoadGenerator generator, SubjectMeter meter, ImmutableArray<LoadPlan> plans, CancellationToken cancellation,
        Action? begun = null, Action? ended = null)
    {
        LoadPlan first = plans[0] with
        {
            Begun = () =>
            {
                meter.Begin();
                begun?.Invoke();
            },
            Ended = () =>
            {
                meter.End();
                ended?.Invoke();
            },
        };

        // Each run waits for its threads without leaving the caller's: they would begin one after the other.
        LoadResult[] results = await Task.WhenAll(plans.SetItem(0, first).Select(
            plan => Task.Run(() => generator.RunAsync(plan, cancellation), cancellation)));
        return results.Aggregate(Add);
    }

    public static ImmutableDictionary<LoadError, long> Sum(ImmutableDictionary<LoadError, long> one, ImmutableDictionary<LoadError, long> other) =>
        one.Concat(other).GroupBy(e => e.Key, e => e.Value).ToImmutableDictionary(g => g.Key, g => g.Sum());

    /// <summary>What both counted; the time is that of the first.</summary>
    public static LoadResult Add(LoadResult one, LoadResult other)
    {
        one.Service.Add(other.Service);
        one.FirstByte.Add(other.FirstByte);
        if (other.Response is { } response)
        {
            one.Response?.Add(response);
        }

        return one with
        {
            Response = one.Response ?? other.Response,
            AskedRate = one.AskedRate + other.AskedRate,
            AllocatedBytes = one.AllocatedBytes + other.AllocatedBytes,
            BusiestThread = Math.Max(one.BusiestThread, other.BusiestThread),
            Operations = one.Operations + other.Operations,
            BytesSent = one.BytesSent + other.BytesSent,
            BytesReceived = one.BytesReceived + other.BytesReceived,
            ProcessorTime = one.ProcessorTime + other.ProcessorTime,
            Late = one.Late + other.Late,
            Errors = Sum(one.Errors, other.Errors),
        };
    }
}
