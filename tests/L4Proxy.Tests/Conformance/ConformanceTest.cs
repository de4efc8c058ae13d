using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>
/// Owns what a case starts and takes it down in the order in which nothing is blamed on the proxy: clients,
/// backends' connections, proxies (which check that everything adds up), backends.
/// </summary>
public abstract class ConformanceTest : IAsyncDisposable
{
    private readonly List<IDisposable> _peers = [];
    private readonly List<TcpBackend> _backends = [];
    private readonly List<ProxyFixture> _proxies = [];

    /// <summary>
    /// What a case builds on that is not about dialling: no second attempt beside the first and no impatience, so that
    /// a machine with more to do than it can does not change who is dialled how often.
    /// </summary>
    internal static ServiceOptions Service { get; } = new()
    {
        Dial = new DialOptions
        {
            AttemptTimeout = TimeSpan.FromSeconds(20),
            TotalTimeout = TimeSpan.FromSeconds(20),
            HedgeDelay = TimeSpan.Zero,
        },
    };

    /// <summary>The defaults that users get.</summary>
    internal static ServiceOptions DefaultService { get; } = new();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _peers.ForEach(p => p.Dispose());
        foreach (TcpBackend backend in _backends)
        {
            await backend.StopConnectionsAsync();
        }

        foreach (ProxyFixture proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        foreach (TcpBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    internal TcpBackend Backend(IPFamily family, BackendScript script, int receiveBuffer = 0)
    {
        Requires.Family(family);
        var backend = TcpBackend.Start(family, script, receiveBuffer);
        _backends.Add(backend);
        return backend;
    }

    internal IPEndPoint Refused(IPFamily family) => Own(new RefusedPort(family)).EndPoint;

    internal async Task<BlackHole> BlackHoleAsync(IPFamily family) => Own(await BlackHole.StartAsync(family));

    internal Task<ProxyFixture> ProxyAsync(TestedEngine engine, IPFamily family, params IReadOnlyList<IPEndPoint> backends) =>
        ProxyAsync(engine, family, Service, backends);

    internal Task<ProxyFixture> ProxyAsync(
        TestedEngine engine, IPFamily family, ServiceOptions service, params IReadOnlyList<IPEndPoint> backends) =>
        ProxyAsync(engine, family, new ProxyFixtureOptions { Service = service }, backends);

    internal async Task<ProxyFixture> ProxyAsync(
        TestedEngine engine, IPFamily family, ProxyFixtureOptions options, params IReadOnlyList<IPEndPoint> backends)
    {
        var proxy = await ProxyFixture.StartAsync(engine, family, backends, options);
        _proxies.Add(proxy);
        return proxy;
    }

    internal Task<TcpPeer> ConnectAsync(ProxyFixture proxy, TcpPeerOptions? options = null) => ConnectAsync(proxy.EndPoint, options);

    internal async Task<TcpPeer> ConnectAsync(IPEndPoint target, TcpPeerOptions? options = null) =>
        Own(await TcpPeer.ConnectAsync(target, options));

    /// <summary>Connects, reads one line's worth of a banner and closes: who served this connection?</summary>
    internal static async Task<string> AskNameAsync(IPEndPoint target, TcpPeerOptions? options = null)
    {
        using TcpPeer client = await TcpPeer.ConnectAsync(target, options);
        return await client.ReceiveTextToEndAsync();
    }

    /// <summary>What a client meets where nothing is served: refused, or reset before it reads a byte.</summary>
    internal static async Task AssertRefusedAsync(IPEndPoint target, TcpPeerOptions? options = null)
    {
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(target, options);
            long read = 0;
            Assert.Equal(StreamEnd.Reset, await client.ReadToEndAsync(part => read += part.Length));
            Assert.Equal(0, read);
        }
        catch (SocketException e)
        {
            Assert.Contains(e.SocketErrorCode, new[] { SocketError.ConnectionRefused, SocketError.ConnectionReset });
        }
    }

    /// <summary>Whether a client connects and is answered by a banner.</summary>
    internal static async Task<bool> IsServedAsync(IPEndPoint target)
    {
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(target);
            return (await client.ReceiveTextAsync(1)).Length == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    internal T Own<T>(T peer)
        where T : IDisposable
    {
        _peers.Add(peer);
        return peer;
    }
}
