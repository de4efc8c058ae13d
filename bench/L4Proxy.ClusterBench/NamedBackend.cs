using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ClusterBench;

/// <summary>Answers each connection with one byte, its name, and closes it.</summary>
internal sealed class NamedBackend : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _serving;

    public NamedBackend(byte name)
    {
        Name = name;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _serving = ServeAsync();
    }

    public byte Name { get; }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        byte[] answer = [Name];
        try
        {
            while (true)
            {
                using Socket client = await _listener.AcceptAsync();
                _ = await client.SendAsync(answer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the benchmark.
        }
    }
}
