using System.Threading.Channels;
using L4Proxy.ControlPlane.KernelRules.Tools;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.KernelRules.Nftables;

/// <summary>
/// Notices by <c>nft monitor</c> that rules of a table went: with the table, with a chain, or by a flush. nft reads all that the host
/// has when it starts to monitor and keeps it, so it is started before the first application and not after it.
/// </summary>
/// <param name="tools">The host's tools.</param>
/// <param name="table">Name of the table in both families.</param>
/// <param name="isWatched">Whether rules of a chain go by somebody else's doing only.</param>
/// <param name="log">Told once when nothing is noticed any more.</param>
internal sealed partial class RemovalWatch(IHostTools tools, string table, Func<string, bool> isWatched, ILogger log) : IAsyncDisposable
{
    private readonly Channel<bool> _noticed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stopping = new();
    private Task? _running;

    /// <summary>Begins to watch, unless it has begun before.</summary>
    public void Start() => _running ??= RunAsync();

    /// <summary>Completes when rules went since the last time that it completed.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        Start();
        _ = await _noticed.Reader.ReadAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await (_running ?? Task.CompletedTask);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (string line in tools.FollowAsync(NftTool.Name, ["monitor", "destroy", "rules"], _stopping.Token))
            {
                // delete rule ip l4proxy nat-prerouting handle 9
                if (line.Split(' ') is ["delete", "rule", _, var of, var chain, ..] && of == table && isWatched(chain))
                {
                    _ = _noticed.Writer.TryWrite(true);
                }
            }

            LogEnded(log, table, "it ended");
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The backend is being disposed of.
        }
        catch (RulesException e)
        {
            LogEnded(log, table, e.Message);
        }
    }

    [LoggerMessage(3452, LogLevel.Warning, "nft monitor: {Reason}; that rules of table {Table} are removed is noticed by looking only")]
    private static partial void LogEnded(ILogger log, string table, string reason);
}
