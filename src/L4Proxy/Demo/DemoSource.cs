using System.Runtime.CompilerServices;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Demo;

/// <summary>A table that never changes.</summary>
internal sealed class DemoSource(ServiceTable table) : ITableSource
{
    public async IAsyncEnumerable<SourceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return new SourceSnapshot(table, []);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
    }

    public void RequestReload()
    {
        // There is nothing to read again.
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
