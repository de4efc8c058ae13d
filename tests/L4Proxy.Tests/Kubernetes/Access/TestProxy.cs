using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>A proxy that speaks CONNECT (RFC 9110, section 9.3.6) or SOCKS 5 (RFC 1928) and sends everything to one place.</summary>
internal sealed class TestProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly bool _socks;
    private readonly string? _authorization;

    /// <param name="target">Port of loopback to which all tunnels lead.</param>
    /// <param name="socks">SOCKS 5 in place of CONNECT.</param>
    /// <param name="user">What is wanted as <c>user:password</c>; null for nothing.</param>
    public TestProxy(int target, bool socks = false, string? user = null)
    {
        _target = target;
        _socks = socks;
        _authorization = user is null ? null : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(user))}";
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Host and port for which tunnels were asked.</summary>
    public ConcurrentQueue<string> Tunnels { get; } = new();

    public string Authority => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient one = client;
        using TcpClient other = new();
        try
        {
            NetworkStream stream = one.GetStream();
            if (!await (_socks ? AcceptSocksAsync(stream) : AcceptConnectAsync(stream)))
            {
                return;
            }

            await other.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(stream.CopyToAsync(other.GetStream()), other.GetStream().CopyToAsync(stream));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One side has gone.
        }
    }

    private async Task<bool> AcceptConnectAsync(NetworkStream stream)
    {
        string head = "";
        byte[] one = new byte[1];
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return false;
            }

            head += (char)one[0];
        }

        if (_authorization is not null && !head.Contains(_authorization, StringComparison.Ordinal))
        {
            await stream.WriteAsync("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            return await AcceptConnectAsync(stream);
        }

        Tunnels.Enqueue(head.Split(' ')[1]);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
        return true;
    }

    private async Task<bool> AcceptSocksAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[512];
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 2));
        await stream.ReadExactlyAsync(buffer.AsMemory(0, buffer[1]));
        await stream.WriteAsync(new byte[] { 5, 0 });
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 5));
        bool isAddress = buffer[3] == 1;
        int length = isAddress ? 3 : buffer[4];
        byte first = buffer[4];
        await stream.ReadExactlyAsync(buffer.AsMemory(0, length + 2));
        string host = isAddress
            ? new IPAddress([first, buffer[0], buffer[1], buffer[2]]).ToString()
            : Encoding.ASCII.GetString(buffer, 0, length);
        Tunnels.Enqueue($"{host}:{(buffer[length] << 8) | buffer[length + 1]}");
        await stream.WriteAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 });
        return true;
    }
}
