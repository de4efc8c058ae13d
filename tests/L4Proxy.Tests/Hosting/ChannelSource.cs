using System.Threading.Channels;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Tests.Hosting;

/// <summary>Gives the snapshots that the test puts in.</summary>
internal sealed class ChannelSource : ITableSource
{
    /// <summary>Who waits is told of a stop at once, by the thread that stops: nothing may depend on a thread's switch in between.</summary>
    private readonly Channel<SourceSnapshot> _snapshots =
        Channel.CreateUnbounded<SourceSnapshot>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });

    public bool Disposed { get; private set; }

    public void Put(params ServiceEntry[] services) =>
        _snapshots.Writer.TryWrite(new SourceSnapshot(new ServiceTable([.. services.OrderBy(s => s.Key)]), []));

    public void Fail(Exception error) => _snapshots.Writer.Complete(error);

    public IAsyncEnumerable<SourceSnapshot> WatchAsync(CancellationToken cancellation) => _snapshots.Reader.ReadAllAsync(cancellation);

    public void RequestReload()
    {
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
