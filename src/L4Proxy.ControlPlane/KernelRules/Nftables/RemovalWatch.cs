using System.Threading.Channels;
using L4Proxy.ControlPlane.KernelRules.Tools;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Notices by <c>nft monitor</c> that rules of a table went: with the table, with a chain, or by a flush. nft reads all that the host
/// has when it starts to monitor and keeps it, so it is started before the first application and not after it.
/// </summary>
/// <param name="tools">The host's tools.</param>
/// <param name="table">Name of the table in both families.</param>
/// <param name="isWatched">Whether rules of a chain go by somebody else's doing only.</param>
internal sealed class RemovalWatch(IHostTools tools, string table, Func<string, bool> isWatched) : IAsyncDisposable
{
    private readonly Channel<bool> _noticed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private Task? _running;

    /// <summary>Begins to watch, unless it does already.</summary>
    /// <returns>Never completes without an exception: nft ended, or this is disposed of.</returns>
    public Task Start()
    {
        lock (_gate)
        {
            return _running = _running is null or { IsCompleted: true } ? RunAsync() : _running;
        }
    }

    /// <summary>Completes when rules went since the last time that it completed.</summary>
    /// <exception cref="RulesException">nft ended. The next call starts another one; what went meanwhile is not noticed.</exception>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        Task running = Start();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<bool> noticed = _noticed.Reader.ReadAsync(either.Token).AsTask();
        await Task.WhenAny(noticed, running);
        if (!noticed.IsCompleted)
        {
            await either.CancelAsync();
            await running;
        }

        await noticed;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await (_running ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (string line in tools.FollowAsync(NftTool.Name, ["monitor", "destroy", "rules"], _stopping.Token))
        {
            // delete rule ip l4proxy nat-prerouting handle 9
            if (line.Split(' ') is ["delete", "rule", _, var of, var chain, ..] && of == table && isWatched(chain))
            {
                _ = _noticed.Writer.TryWrite(true);
            }
        }

        throw new RulesException("nft monitor: ended by itself");
    }
}
