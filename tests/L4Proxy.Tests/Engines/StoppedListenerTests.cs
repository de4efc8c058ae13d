using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.Engines;

/// <summary>A Service without endpoints refuses its clients and keeps its port.</summary>
public sealed class StoppedListenerTests
{
    /// <summary>
    /// Nearly every server sets SO_REUSEADDR, as .NET does for it, and on Linux two sockets that both have it may share
    /// a port as long as neither listens.
    /// </summary>
    [Theory]
    [InlineData(EngineKind.Linux, false)]
    [InlineData(EngineKind.Linux, true)]
    [InlineData(EngineKind.Portable, false)]
    [InlineData(EngineKind.Portable, true)]
    public async Task Bind_PortOfAStoppedListener_IsDeniedToOthers(EngineKind kind, bool wasOpen)
    {
        Requires.Linux();
        await using IProxyEngine engine = EngineFactory.Create(kind, new EngineOptions(), observer: null, NullLoggerFactory.Instance);
        IEngineListener listener = engine.Bind(new IPEndPoint(IPAddress.Loopback, 0), NewService(engine));
        if (wasOpen)
        {
            listener.SetOpen(open: true);
            listener.SetOpen(open: false);
        }

        AssertDenied(listener.LocalEndPoint);
        listener.SetOpen(open: true);
        AssertDenied(listener.LocalEndPoint);

        await listener.CloseAsync();
        Take(listener.LocalEndPoint);
    }

    private static void AssertDenied(IPEndPoint address)
    {
        SocketException denied = Assert.Throws<SocketException>(() => Take(address));
        Assert.Equal(SocketError.AddressAlreadyInUse, denied.SocketErrorCode);
    }

    private static void Take(IPEndPoint address)
    {
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(address);
        other.Listen();
    }

    private static ServiceState NewService(IProxyEngine engine) => new(
        new ServiceEntry
        {
            Key = new ServicePortKey("", "stopped", "", ServiceProtocol.Tcp),
            Frontends = [],
            Endpoints = [],
        },
        engine.CounterSlots);
}
