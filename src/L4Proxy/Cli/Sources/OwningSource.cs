using L4Proxy.ControlPlane;

namespace L4Proxy.Cli.Sources;

/// <summary>A source together with what it needs and what ends with it.</summary>
internal sealed class OwningSource(ITableSource source, params IDisposable[] owned) : ITableSource
{
    public IAsyncEnumerable<SourceSnapshot> WatchAsync(CancellationToken cancellation) => source.WatchAsync(cancellation);

    public void RequestReload() => source.RequestReload();

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        foreach (IDisposable one in owned)
        {
            one.Dispose();
        }
    }
}
