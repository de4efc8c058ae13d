using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace L4Proxy.Demo;

/// <summary>
/// A server that answers its name: as an HTTP response to a client that asks first, as a plain line to one that
/// waits. It can die, which resets what is open, and come back on the same port.
/// </summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly TimeProvider _time;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    public DemoBackend(string name, TimeProvider time)
    {
        Name = name;
        _time = time;
        Address = new IPEndPoint(IPAddress.Loopback, 0);
        Revive();
    }

    public string Name { get; }

    public IPEndPoint Address { get; private set; }

    /// <summary>Whether it listens.</summary>
    public bool Alive => Volatile.Read(ref _listener) is not null;

    /// <summary>Listens again; the first time on a port of the system's choice, then on the same one.</summary>
    public void Revive()
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // The port is taken again while connections of its earlier life are in TIME_WAIT.
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        listener.Bind(Address);
        listener.Listen();
        Address = (IPEndPoint)listener.LocalEndPoint!;
        Volatile.Write(ref _listener, listener);
        _accepting = AcceptAsync(listener);
    }

    /// <summary>As if the process were killed: the port refuses, what is open is reset.</summary>
    public async Task DieAsync()
    {
        Interlocked.Exchange(ref _listener, null)?.Dispose();
        await _accepting;
        foreach (Socket connection in _connections.Keys)
        {
            Reset(connection);
        }

        await Task.WhenAll(_connections.Values);
    }

    public async ValueTask DisposeAsync() => await DieAsync();

    private static void Reset(Socket connection)
    {
        try
        {
            connection.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended by itself.
        }

        connection.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket connection = await listener.AcceptAsync();
                TaskCompletionSource listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[connection] = ServeAsync(connection, listed.Task);
                listed.SetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It died.
        }
    }

    private async Task ServeAsync(Socket connection, Task listed)
    {
        await listed;
        try
        {
            await DemoConversation.RunAsync(connection, Name, _time);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The client left, or the backend died.
        }
        finally
        {
            connection.Dispose();
            _connections.TryRemove(connection, out _);
        }
    }
}
