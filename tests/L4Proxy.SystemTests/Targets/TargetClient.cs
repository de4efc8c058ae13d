using System.Net;
using System.Net.Sockets;
using System.Text;
using L4Proxy.Testing;
using L4Proxy.Testing.Processes;

namespace L4Proxy.SystemTests.Targets;

/// <summary>A client somewhere in a <see cref="NodeTopology"/>.</summary>
/// <param name="space">Where it is.</param>
/// <param name="source">Its address; null for what the routes say.</param>
internal sealed class TargetClient(NetworkNamespace space, IPAddress? source)
{
    /// <summary>How long what is dropped must stay without an answer: a hundred times what an answer takes here.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(500);

    /// <summary>How long anything else may take on a busy machine; a lost SYN is sent again after 1 s and 3 s.</summary>
    private static readonly TimeSpan s_patience = Deadline.Default * 2 / 3;

    /// <summary>After which a datagram without an answer is sent again.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    /// <summary>One connection or datagram from a port of its own.</summary>
    public async Task<TargetResult> TryAsync(Target target)
    {
        TimeSpan limit = target.Fate == TargetFate.Dropped ? s_silence : s_patience;
        using CancellationTokenSource deadline = new(limit);
        try
        {
            string line = target.Protocol == ProtocolType.Udp
                ? await AskAsync(target.Address, deadline.Token)
                : await ReadAsync(target.Address, deadline.Token);
            return line.Length == 0 ? new TargetResult(null, "closed without a byte") : new TargetResult(Parse(line), line);
        }
        catch (OperationCanceledException)
        {
            return new TargetResult(TargetFate.Dropped);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            return new TargetResult(TargetFate.Refused);
        }
        catch (SocketException e)
        {
            return new TargetResult(null, $"{e.SocketErrorCode}");
        }
    }

    private async Task<string> ReadAsync(IPEndPoint target, CancellationToken cancellation)
    {
        using Socket socket = Open(target, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target, cancellation);
        byte[] buffer = new byte[256];
        int length = 0;
        while (length < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(length), cancellation) is var read and > 0)
        {
            length += read;
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private async Task<string> AskAsync(IPEndPoint target, CancellationToken cancellation)
    {
        using Socket socket = Open(target, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(target, cancellation);
        byte[] buffer = new byte[256];
        while (true)
        {
            await SendAsync(socket, cancellation);
            using CancellationTokenSource again = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            again.CancelAfter(s_again);
            try
            {
                return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, again.Token));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // A datagram may be lost.
            }
        }
    }

    private static async Task SendAsync(Socket socket, CancellationToken cancellation)
    {
        try
        {
            await socket.SendAsync("?"u8.ToArray(), cancellation);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            // A rule of the client's own host took it (EPERM); whether it was refused or dropped, ICMP tells.
        }
    }

    private Socket Open(IPEndPoint target, SocketType type, ProtocolType protocol) => space.Inside(() =>
    {
        Socket socket = new(target.AddressFamily, type, protocol);
        if (source is not null && !IPAddress.IsLoopback(target.Address))
        {
            socket.Bind(new IPEndPoint(source, 0));
        }

        return socket;
    });

    private static TargetAnswer Parse(string line)
    {
        string[] words = line.TrimEnd().Split(' ');
        return new TargetAnswer(IPEndPoint.Parse(words[0]), IPAddress.Parse(words[1]));
    }
}
