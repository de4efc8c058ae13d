using System.Net;
using System.Net.Sockets;

namespace L4Proxy.Testing.Backends;

/// <summary>
/// An endpoint that never answers, without a firewall: a listener whose backlog is full. Linux drops a SYN when
/// the accept queue is full (listen(2), net.ipv4.tcp_abort_on_overflow = 0), so a connect hangs as it does when
/// a host is gone.
/// </summary>
public sealed class BlackHole : IDisposable
{
    /// <summary>A loopback handshake takes microseconds: what has not connected by then was dropped.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(150);

    /// <summary>A backlog of 0 holds one connection; a few more get in while the queue fills.</summary>
    private const int MaxFillers = 16;

    private readonly Socket _listener;
    private readonly List<Socket> _fillers = [];

    private BlackHole(IPFamily family)
    {
        IPEndPoint any = family.AnyPort();
        _listener = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(any);
        _listener.Listen(0);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<BlackHole> StartAsync(IPFamily family)
    {
        Requires.Linux();
        var hole = new BlackHole(family);
        try
        {
            while (await hole.TryFillAsync())
            {
                if (hole._fillers.Count > MaxFillers)
                {
                    throw new InvalidOperationException("the backlog does not fill up: no black hole");
                }
            }

            return hole;
        }
        catch
        {
            hole.Dispose();
            throw;
        }
    }

    /// <summary>Answers from now on: takes what waits in the backlog and everything after it, and closes it at once.</summary>
    public void Open()
    {
        _ = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    using Socket accepted = await _listener.AcceptAsync();
                }
            }
            catch (Exception e) when (Scripts.IsEnd(e))
            {
                // Disposed.
            }
        });
    }

    public void Dispose()
    {
        foreach (Socket filler in _fillers)
        {
            filler.Dispose();
        }

        _listener.Dispose();
    }

    private async Task<bool> TryFillAsync()
    {
        var filler = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var silence = new CancellationTokenSource(s_silence);
        try
        {
            await filler.ConnectAsync(EndPoint, silence.Token);
            _fillers.Add(filler);
            return true;
        }
        catch (OperationCanceledException)
        {
            filler.Dispose();
            return false;
        }
    }
}
