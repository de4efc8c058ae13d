using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;
using L4Proxy.Loadbench.Subjects;
using Xunit;

namespace L4Proxy.Tests.Loadbench.Subjects;

public sealed class RelayCheckTests
{
    [Fact]
    public async Task RunAsync_ThatRelays_Passes() => await CheckAsync(new Relay(chunk => chunk));

    [Fact]
    public async Task RunAsync_ThatChangesOneByte_SaysThatItDoesNotRelay()
    {
        bool changed = false;
        Relay relay = new(chunk =>
        {
            chunk.Span[0] ^= (byte)(changed ? 0 : 1);
            changed = true;
            return chunk;
        });

        LoadException failure = await Assert.ThrowsAsync<LoadException>(() => CheckAsync(relay));

        Assert.StartsWith("relay does not relay: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ThatLosesBytes_SaysHowManyCame()
    {
        LoadException failure = await Assert.ThrowsAsync<LoadException>(() => CheckAsync(new Relay(chunk => chunk[..^1])));

        Assert.Contains("16777216 bytes were sent", failure.Message, StringComparison.Ordinal);
    }

    private static async Task CheckAsync(Relay relay)
    {
        using Workspace workspace = new();
        await using (relay)
        {
            await RelayCheck.RunAsync(relay, workspace, CancellationToken.None);
        }
    }

    /// <summary>One connection at a time; what an endpoint answers goes through a function.</summary>
    private sealed class Relay(Func<Memory<byte>, Memory<byte>> answer) : ISubject
    {
        private TcpListener? _listener;

        public string Name => "relay";

        public string Version => "1";

        public string CommandLine => "";

        public ImmutableArray<int> ProcessIds => [];

        public Task StartAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation)
        {
            _listener = new TcpListener(listeners[0].Address);
            _listener.Start();
            _ = RelayAsync(_listener, listeners[0].Endpoints[0]);
            return Task.CompletedTask;
        }

        public Task ChangeAsync(ImmutableArray<SubjectListener> listeners, CancellationToken cancellation) => Task.CompletedTask;

        public IPEndPoint Target(SubjectListener listener) => listener.Address;

        public ValueTask DisposeAsync()
        {
            _listener?.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task RelayAsync(TcpListener listener, IPEndPoint endpoint)
        {
            using Socket client = await listener.AcceptSocketAsync();
            using Socket server = new(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(endpoint);
            await Task.WhenAll(CopyAsync(client, server, chunk => chunk), CopyAsync(server, client, answer));
        }

        private static async Task CopyAsync(Socket from, Socket to, Func<Memory<byte>, Memory<byte>> through)
        {
            byte[] buffer = new byte[256 * 1024];
            while (await from.ReceiveAsync(buffer) is > 0 and int length)
            {
                Memory<byte> rest = through(buffer.AsMemory(0, length));
                while (rest.Length > 0)
                {
                    rest = rest[await to.SendAsync(rest)..];
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
    }
}
