using System.Collections.Concurrent;
using System.Net;
using Xunit;

namespace L4Proxy.Testing.Clients;

/// <summary>
/// Clients that connect, exchange a few bytes with an echoing backend that says its name first, and close, over and
/// over: what a user of a Service does while its configuration changes. Remembers every failure.
/// </summary>
public sealed class ClientLoad
{
    private readonly IPEndPoint _target;
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly Task _running;
    private int _served;
    private volatile bool _stopping;

    public ClientLoad(IPEndPoint target, int workers)
    {
        _target = target;
        _running = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>Connections that were served in full.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Ends the load; fails when any client was not served.</summary>
    /// <param name="context">What to say beside the first failure.</param>
    public async Task StopAsync(Func<string>? context = null)
    {
        _stopping = true;
        await _running.Within();
        Assert.True(
            _failures.IsEmpty,
            $"{_failures.Count} of {_failures.Count + Served} clients failed, {context?.Invoke()}, the first with {_failures.FirstOrDefault()}");
    }

    private async Task WorkAsync()
    {
        while (!_stopping)
        {
            try
            {
                using TcpPeer client = await TcpPeer.ConnectAsync(_target);
                await client.SendTextAsync("ping");
                client.FinishSending();
                Assert.EndsWith("ping", await client.ReceiveTextToEndAsync(), StringComparison.Ordinal);
                Interlocked.Increment(ref _served);
            }
            catch (Exception e)
            {
                _failures.Enqueue(e);
            }
        }
    }
}
