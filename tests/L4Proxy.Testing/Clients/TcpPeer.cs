using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace L4Proxy.Testing.Clients;

/// <summary>
/// One end of a TCP connection under the full control of a test, as client or as backend: every way to send and
/// every way to end, and it tells FIN from RST. Each wait has a deadline.
/// </summary>
public sealed class TcpPeer(Socket socket) : IDisposable
{
    private const int ChunkSize = 128 * 1024;

    private long _received;
    private long _sent;

    public Socket Socket => socket;

    public long BytesReceived => Volatile.Read(ref _received);

    public long BytesSent => Volatile.Read(ref _sent);

    public IPEndPoint LocalEndPoint => (IPEndPoint)socket.LocalEndPoint!;

    public static async Task<TcpPeer> ConnectAsync(IPEndPoint target, TcpPeerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= TcpPeerOptions.Default;
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (options.ReceiveBuffer > 0)
            {
                socket.ReceiveBufferSize = options.ReceiveBuffer;
            }

            if (options.SendBuffer > 0)
            {
                socket.SendBufferSize = options.SendBuffer;
            }

            if (options.LocalAddress is { } local)
            {
                socket.Bind(new IPEndPoint(local, options.LocalPort));
            }

            await socket.ConnectAsync(target).Within();
            return new TcpPeer(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects with a socket that may be closed at once: for connections counted by the thousand.</summary>
    public static async Task ConnectAndCloseAsync(IPEndPoint target, bool reset)
    {
        using TcpPeer peer = await ConnectAsync(target);
        if (reset)
        {
            peer.Reset();
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> data, TimeSpan? limit = null)
    {
        while (!data.IsEmpty)
        {
            int sent = await socket.SendAsync(data, SocketFlags.None).AsTask().Within(limit);
            Interlocked.Add(ref _sent, sent);
            data = data[sent..];
        }
    }

    public Task SendTextAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends the part of a payload that begins at a position.</summary>
    public async Task SendPayloadAsync(Payload payload, long count, long position = 0, int chunkSize = ChunkSize)
    {
        byte[] chunk = new byte[(int)Math.Min(chunkSize, count)];
        for (long end = position + count; position < end;)
        {
            Memory<byte> part = chunk.AsMemory(0, (int)Math.Min(chunk.Length, end - position));
            payload.Fill(part.Span, position);
            await SendAsync(part);
            position += part.Length;
        }
    }

    /// <summary>TCP urgent data, one byte.</summary>
    public void SendUrgent(byte value)
    {
        socket.Send([value], SocketFlags.OutOfBand);
        Interlocked.Increment(ref _sent);
    }

    /// <summary>Bytes that were read; 0 at FIN.</summary>
    /// <exception cref="SocketException">The connection was reset.</exception>
    public async Task<int> ReceiveAsync(Memory<byte> buffer, TimeSpan? limit = null)
    {
        int read = await socket.ReceiveAsync(buffer, SocketFlags.None).AsTask().Within(limit);
        Interlocked.Add(ref _received, read);
        return read;
    }

    public async Task<string> ReceiveTextAsync(int count)
    {
        byte[] text = new byte[count];
        int done = 0;
        while (done < count)
        {
            int read = await ReceiveAsync(text.AsMemory(done));
            if (read == 0)
            {
                break;
            }

            done += read;
        }

        return Encoding.UTF8.GetString(text, 0, done);
    }

    /// <summary>Reads so many bytes of a payload and compares each.</summary>
    public async Task ReceivePayloadAsync(Payload payload, long count, long position = 0)
    {
        byte[] chunk = new byte[(int)Math.Min(ChunkSize, count)];
        for (long end = position + count; position < end;)
        {
            int read = await ReceiveAsync(chunk.AsMemory(0, (int)Math.Min(chunk.Length, end - position)));
            Assert.True(read > 0, $"the stream ended at byte {position} of {end}");
            Check(payload, chunk.AsSpan(0, read), position);
            position += read;
        }
    }

    /// <summary>Reads a payload up to the end of the stream and compares each byte.</summary>
    public async Task<(long Length, StreamEnd End)> ReceivePayloadToEndAsync(Payload payload)
    {
        long position = 0;
        StreamEnd end = await ReadToEndAsync(part =>
        {
            Check(payload, part.Span, position);
            position += part.Length;
        });
        return (position, end);
    }

    public async Task<string> ReceiveTextToEndAsync()
    {
        using var all = new MemoryStream();
        StreamEnd end = await ReadToEndAsync(part => all.Write(part.Span));
        Assert.Equal(StreamEnd.Finished, end);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Reads until FIN or RST; one that was already sent before the call is seen as well.</summary>
    public async Task<StreamEnd> ReadToEndAsync(Action<ReadOnlyMemory<byte>>? sink = null, TimeSpan? limit = null)
    {
        byte[] chunk = new byte[ChunkSize];
        try
        {
            while (true)
            {
                int read = await ReceiveAsync(chunk, limit);
                if (read == 0)
                {
                    return StreamEnd.Finished;
                }

                sink?.Invoke(chunk.AsMemory(0, read));
            }
        }
        catch (SocketException e) when (IsReset(e))
        {
            return StreamEnd.Reset;
        }
    }

    /// <summary>Whether the other side ended the connection in a way that a write or a read shows as a reset.</summary>
    public static bool IsReset(SocketException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown;
    }

    /// <summary>FIN: nothing more will be sent, reading goes on.</summary>
    public void FinishSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>RST, whatever is still buffered.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    private static void Check(Payload payload, ReadOnlySpan<byte> data, long position)
    {
        long difference = payload.FirstDifference(data, position);
        if (difference >= 0)
        {
            Assert.Fail($"byte {difference} differs from what was sent (seed {payload.Seed})");
        }
    }
}
