using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.Testing.Backends;

/// <summary>A scripted TCP server on loopback: can go away, refuse, come back on the same port, and counts what it saw.</summary>
public sealed class TcpBackend : IAsyncDisposable
{
    private readonly BackendScript _script;
    private readonly ConcurrentDictionary<TcpPeer, Task> _connections = new();
    private readonly Channel<TcpPeer> _accepted = Channel.CreateUnbounded<TcpPeer>();
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _receiveBuffer;
    private Socket _listener;
    private volatile Socket? _stopped;
    private Task _accepting;
    private int _acceptedCount;
    private long _closedReceived;
    private long _closedSent;

    private TcpBackend(IPEndPoint address, BackendScript script, int receiveBuffer)
    {
        _script = script;
        _receiveBuffer = receiveBuffer;
        _listener = Bind(address);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Connections accepted since the start.</summary>
    public int Accepted => Volatile.Read(ref _acceptedCount);

    /// <summary>Connections open now.</summary>
    public int Active => _connections.Count;

    public long BytesReceived => Interlocked.Read(ref _closedReceived) + _connections.Keys.Sum(c => c.BytesReceived);

    public long BytesSent => Interlocked.Read(ref _closedSent) + _connections.Keys.Sum(c => c.BytesSent);

    /// <summary>Starts to listen on a free loopback port.</summary>
    /// <param name="family">Which loopback address.</param>
    /// <param name="script">What to do with each connection.</param>
    /// <param name="receiveBuffer">SO_RCVBUF of the connections, in bytes; the system's choice when 0.</param>
    public static TcpBackend Start(IPFamily family, BackendScript script, int receiveBuffer = 0) =>
        new(family.AnyPort(), script, receiveBuffer);

    /// <summary>Starts to listen on a given address.</summary>
    public static TcpBackend Start(IPEndPoint address, BackendScript script) => new(address, script, 0);

    /// <summary>Waits for the next connection that no earlier call returned.</summary>
    public Task<TcpPeer> NextConnectionAsync() => _accepted.Reader.ReadAsync().AsTask().Within();

    /// <summary>Refuses new connections from now on and keeps the port; open ones go on.</summary>
    public async Task StopListeningAsync()
    {
        // A child process that another test starts has the descriptor, too, until it has become its program: closed alone, the socket would go on
        // to take connections until then, and reset them.
        _stopped = _listener;
        _listener.Shutdown(SocketShutdown.Both);
        _listener.Dispose();
        await _accepting.Within();
        _listener = Bind(EndPoint);

        // A socket that is bound and does not listen would share its port with whoever asks for any free one.
        SetShared(_listener, shared: false);
    }

    /// <summary>Listens again after <see cref="StopListeningAsync"/>, on the same port.</summary>
    public void Resume()
    {
        SetShared(_listener, shared: true);
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>As if the process were killed: refuses, and resets what is open.</summary>
    public async Task KillAsync()
    {
        await StopListeningAsync();
        ResetConnections();
    }

    public void ResetConnections()
    {
        foreach (TcpPeer connection in _connections.Keys)
        {
            try
            {
                connection.Reset();
            }
            catch (Exception e) when (Scripts.IsEnd(e))
            {
                // It has just ended by itself.
            }
        }
    }

    /// <summary>Closes everything; fails when a script failed for another reason than the end of its connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopConnectionsAsync();
        _listener.Dispose();
        await _accepting.Within();
        _stopping.Dispose();
        if (_failures.TryPeek(out Exception? failure))
        {
            Assert.Fail($"a backend's script failed: {failure}");
        }
    }

    /// <summary>Closes all connections and waits until their scripts have ended; new ones end at once.</summary>
    public async Task StopConnectionsAsync()
    {
        await _stopping.CancelAsync();
        foreach ((TcpPeer connection, _) in _connections)
        {
            connection.Dispose();
        }

        await Task.WhenAll(_connections.Values).Within();
    }

    private static Socket Bind(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        SetShared(listener, shared: true);
        listener.Bind(address);
        return listener;
    }

    private static void SetShared(Socket listener, bool shared) =>
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, shared);

    private async Task AcceptAsync(Socket listener)
    {
        if (_receiveBuffer > 0)
        {
            listener.ReceiveBufferSize = _receiveBuffer;
        }

        while (true)
        {
            try
            {
                var connection = new TcpPeer(await listener.AcceptAsync());
                connection.Socket.NoDelay = true;
                Interlocked.Increment(ref _acceptedCount);
                var added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = RunAsync(connection, added.Task);
                added.SetResult();
                _accepted.Writer.TryWrite(connection);
            }
            catch (SocketException) when (listener.SafeHandle.IsClosed || ReferenceEquals(listener, _stopped))
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                _failures.Enqueue(e);
                return;
            }
        }
    }

    private async Task RunAsync(TcpPeer connection, Task added)
    {
        await added;
        try
        {
            // In the list by now: a stop that this line does not see closes the connection.
            _stopping.Token.ThrowIfCancellationRequested();
            await _script(connection, _stopping.Token);
        }
        catch (Exception e) when (Scripts.IsEnd(e))
        {
            // The other side, or the test, ended the connection: the script is over.
        }
        catch (Exception e)
        {
            _failures.Enqueue(e);
        }

        connection.Dispose();
        Interlocked.Add(ref _closedReceived, connection.BytesReceived);
        Interlocked.Add(ref _closedSent, connection.BytesSent);
        _connections.TryRemove(connection, out _);
    }
}
