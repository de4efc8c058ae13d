using System.Net;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Connections that stay open and exchange a few bytes again and again. Each failure ends the exchange with an exception.</summary>
internal sealed class SteadyClients : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly List<TcpPeer> _clients = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _exchanges = [];
    private int _count;

    /// <summary>Exchanges so far.</summary>
    public int Count => Volatile.Read(ref _count);

    public async Task ConnectAsync(IPEndPoint target, int count)
    {
        for (int i = 0; i < count; i++)
        {
            TcpPeer client = await TcpPeer.ConnectAsync(target);
            _clients.Add(client);
            Assert.NotEmpty(await NamedBackends.ReadNameAsync(client));
            _exchanges.Add(ExchangeAsync(client));
        }
    }

    /// <summary>Stops, and fails when any connection had failed before.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_exchanges);
        _clients.ForEach(c => c.Dispose());
    }

    public void Dispose()
    {
        _stop.Cancel();
        _clients.ForEach(c => c.Dispose());
        _stop.Dispose();
    }

    private async Task ExchangeAsync(TcpPeer client)
    {
        while (!_stop.IsCancellationRequested)
        {
            await client.SendTextAsync("ping");
            Assert.Equal("ping", await client.ReceiveTextAsync(4));
            Interlocked.Increment(ref _count);
            await Task.Delay(s_pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
