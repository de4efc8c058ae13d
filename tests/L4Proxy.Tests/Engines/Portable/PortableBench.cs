using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Engines.Portable;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines.Portable;

/// <summary>The portable engine with one Service port and an accepting backend, on one loopback address.</summary>
internal sealed class PortableBench : IConnectionObserver, IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Socket _backend;
    private readonly ConcurrentQueue<ConnectionEnd> _ends = [];
    private readonly SemaphoreSlim _ended = new(0);

    public PortableBench(bool ipv6 = false, ServiceOptions? options = null, EngineOptions? engine = null, IPEndPoint[]? endpoints = null)
    {
        Loopback = ipv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        if (ipv6 && !Socket.OSSupportsIPv6)
        {
            Assert.Skip("this host has no IPv6");
        }

        _backend = new Socket(Loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _backend.Bind(new IPEndPoint(Loopback, 0));
        _backend.Listen();
        Entry = new ServiceEntry
        {
            Key = new ServicePortKey("test", "web", "", ServiceProtocol.Tcp),
            Frontends = [],
            Endpoints = [.. (endpoints ?? [(IPEndPoint)_backend.LocalEndPoint!]).Select(a => new EndpointEntry { Address = a })],
            Options = options ?? ServiceOptions.Default,
        };
        Service = new ServiceState(Entry, counterSlots: 1);
        Engine = new PortableEngine(engine ?? new EngineOptions(), this, NullLoggerFactory.Instance);
        Listener = Engine.Bind(new IPEndPoint(Loopback, 0), Service);
        Listener.SetOpen(open: true);
    }

    public IPAddress Loopback { get; }

    public ServiceEntry Entry { get; }

    public ServiceState Service { get; }

    public PortableEngine Engine { get; }

    public IEngineListener Listener { get; }

    public bool IsEnabled => true;

    public void Ended(in ConnectionEnd end)
    {
        _ends.Enqueue(end);
        _ended.Release();
    }

    public async Task<Socket> ConnectAsync()
    {
        var client = new Socket(Loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(Listener.LocalEndPoint).WaitAsync(s_patience);
        return client;
    }

    /// <summary>Connects a client that is to be reset at once. The connect itself may see it, as it is asynchronous.</summary>
    public async Task AssertResetAsync()
    {
        SocketException e = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using Socket client = await ConnectAsync();
            _ = await client.ReceiveAsync(new byte[1]).WaitAsync(s_patience);
        });
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    public async Task<Socket> AcceptAsync() => await _backend.AcceptAsync().WaitAsync(s_patience);

    /// <summary>A client and what it is connected with behind the proxy.</summary>
    public async Task<(Socket Client, Socket Server)> PairAsync()
    {
        Socket client = await ConnectAsync();
        return (client, await AcceptAsync());
    }

    public async Task<ConnectionEnd> NextEndAsync()
    {
        Assert.True(await _ended.WaitAsync(s_patience), "no connection ended");
        Assert.True(_ends.TryDequeue(out ConnectionEnd end));
        return end;
    }

    public void StopBackend() => _backend.Dispose();

    public static async Task SendAsync(Socket socket, byte[] data)
    {
        for (int sent = 0; sent < data.Length;)
        {
            sent += await socket.SendAsync(data.AsMemory(sent)).AsTask().WaitAsync(s_patience);
        }
    }

    /// <summary>Reads to the FIN, or to the RST; the number of bytes and which it was.</summary>
    public static async Task<(byte[] Data, bool Reset)> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[65536];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer).WaitAsync(s_patience)) > 0)
            {
                all.Write(buffer, 0, read);
            }

            return (all.ToArray(), false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return (all.ToArray(), true);
        }
    }

    public static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        byte[] data = new byte[count];
        for (int done = 0; done < count;)
        {
            int read = await socket.ReceiveAsync(data.AsMemory(done)).AsTask().WaitAsync(s_patience);
            Assert.True(read > 0, "the stream ended early");
            done += read;
        }

        return data;
    }

    /// <summary>Ends whatever is open and checks that everything adds up.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _backend.Dispose();
        _ended.Dispose();
        Assert.Equal(0, Engine.Live);
        Assert.Equal(0, Service.Active);
        Assert.Equal(0, Service.Totals().Live);
        Assert.Equal(0, Service.Totals().Pending);
        Assert.Equal(0, Service.ClosedFor(CloseReason.Internal));
        Assert.All(Service.Endpoints, e => Assert.Equal(0, e.Active));
    }
}
