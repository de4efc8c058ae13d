using System.Net.Sockets;
using L4Proxy.Testing.Clients;

namespace L4Proxy.Testing.Backends;

/// <summary>The usual behaviours of a backend.</summary>
public static class Scripts
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>Sends back what comes, and FIN after FIN.</summary>
    public static async Task Echo(TcpPeer connection, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(connection);
        byte[] chunk = new byte[ChunkSize];
        while (await connection.ReceiveAsync(chunk, Timeout.InfiniteTimeSpan) is > 0 and int read)
        {
            await connection.SendAsync(chunk.AsMemory(0, read), Timeout.InfiniteTimeSpan);
        }

        connection.FinishSending();
    }

    /// <summary>Reads everything up to FIN and answers nothing.</summary>
    public static async Task Discard(TcpPeer connection, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await connection.ReadToEndAsync(limit: Timeout.InfiniteTimeSpan);
    }

    /// <summary>Neither reads nor writes until the backend stops.</summary>
    public static Task Stall(TcpPeer connection, CancellationToken stopping) => Task.Delay(Timeout.InfiniteTimeSpan, stopping);

    /// <summary>Resets as soon as it is connected.</summary>
    public static Task Reset(TcpPeer connection, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Reset();
        return Task.CompletedTask;
    }

    /// <summary>Says a line at once, then echoes: a server-first protocol, and a backend that tells its name.</summary>
    public static BackendScript Banner(string line) => async (connection, stopping) =>
    {
        await connection.SendTextAsync(line);
        await Echo(connection, stopping);
    };

    /// <summary>Says one line and closes.</summary>
    public static BackendScript Say(string line) => (connection, _) => connection.SendTextAsync(line);

    /// <summary>Sends so many bytes of a payload, then closes both directions at once.</summary>
    public static BackendScript Source(Payload payload, long count) => async (connection, stopping) =>
    {
        byte[] chunk = new byte[ChunkSize];
        for (long position = 0; position < count;)
        {
            Memory<byte> part = chunk.AsMemory(0, (int)Math.Min(chunk.Length, count - position));
            payload.Fill(part.Span, position);
            await connection.SendAsync(part, Timeout.InfiniteTimeSpan);
            position += part.Length;
        }

        connection.FinishSending();
        stopping.ThrowIfCancellationRequested();
    };

    /// <summary>Whether an exception only says that the connection or the backend ended.</summary>
    internal static bool IsEnd(Exception e) => e is SocketException or ObjectDisposedException or OperationCanceledException;
}
