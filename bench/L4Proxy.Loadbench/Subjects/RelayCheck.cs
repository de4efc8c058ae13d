using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>Whether a proxy relays at all: what is not correct is not worth timing.</summary>
internal static class RelayCheck
{
    /// <summary>Far more than all buffers on the way hold, so that both directions flow at once.</summary>
    private const int Bytes = 16 * 1024 * 1024;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Sends bytes through a proxy to a server that sends all of them back, up to the half-close, and compares.</summary>
    /// <exception cref="LoadException">Something else came back.</exception>
    public static async Task RunAsync(ISubject subject, Workspace workspace, CancellationToken cancellation)
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_limit);
        Task echoing = EchoAllAsync(server, limit.Token);
        SubjectListener listener = new(workspace.Ports.Take(), [(IPEndPoint)server.LocalEndpoint]);
        try
        {
            await subject.StartAsync([listener], cancellation);
            await CompareAsync(subject.Target(listener), limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException)
        {
            throw new LoadException($"{subject.Name} does not relay: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LoadException($"{subject.Name} does not relay {Bytes} bytes both ways within {s_limit.TotalSeconds} s");
        }
        finally
        {
            await limit.CancelAsync();
            await echoing;
        }
    }

    private static async Task CompareAsync(IPEndPoint target, CancellationToken cancellation)
    {
        byte[] sent = new byte[Bytes];
        new Random(1).NextBytes(sent);
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(target, cancellation);
        await using NetworkStream stream = new(client);
        Task sending = SendAsync();
        byte[] received = new byte[Bytes + 1];
        int length = await stream.ReadAtLeastAsync(received, received.Length, throwOnEndOfStream: false, cancellation);
        await sending;
        if (length != Bytes || !sent.AsSpan().SequenceEqual(received.AsSpan(0, Bytes)))
        {
            throw new InvalidDataException($"{Bytes} bytes were sent, and {length} others came back");
        }

        async Task SendAsync()
        {
            await stream.WriteAsync(sent, cancellation);
            client.Shutdown(SocketShutdown.Send);
        }
    }

    private static async Task EchoAllAsync(TcpListener server, CancellationToken cancellation)
    {
        List<Task> open = [];
        try
        {
            while (true)
            {
                open.Add(EchoAsync(await server.AcceptSocketAsync(cancellation), cancellation));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private static async Task EchoAsync(Socket socket, CancellationToken cancellation)
    {
        using (socket)
        {
            try
            {
                await using NetworkStream stream = new(socket);
                await stream.CopyToAsync(stream, cancellation);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client tells what it missed.
            }
        }
    }
}
