using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Listens on one port of loopback, can stop and listen there again, and knows all connections.</summary>
internal sealed class KestrelHost : IAsyncDisposable
{
    /// <summary>How long requests may go on while the server stops gracefully.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly FakeApiServerOptions _options;
    private readonly RequestDelegate _serve;

    /// <summary>Keeps the port for the server while that does not listen.</summary>
    private readonly Socket _placeholder;

    private readonly ConcurrentDictionary<ConnectionContext, bool> _connections = new();
    private int _accepted;
    private WebApplication? _application;

    public KestrelHost(FakeApiServerOptions options, RequestDelegate serve)
    {
        _options = options;
        _serve = serve;
        _placeholder = NewSocket();
        _placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_placeholder.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>For connections to come; needed where the server uses TLS.</summary>
    public X509Certificate2? Certificate { get; set; }

    public Uri Url => new($"{(_options.UsesTls ? "https" : "http")}://{EndPoint}");

    public int OpenConnections => _connections.Count;

    public int AcceptedConnections => Volatile.Read(ref _accepted);

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        builder.Services.Configure<SocketTransportOptions>(
            o =>
            {
                o.CreateBoundListenSocket = Bind;

                // A write is over when the kernel has the bytes: what comes after it, a cut say, cannot overtake it.
                o.MaxWriteBufferSize = 1;
            });
        _application = builder.Build();
        _application.Run(_serve);
        await _application.StartAsync();
    }

    /// <summary>Refuses new connections, and ends those that are open.</summary>
    /// <param name="isGraceful">Whether requests may end first; otherwise the connections break.</param>
    public async Task StopAsync(bool isGraceful)
    {
        if (Interlocked.Exchange(ref _application, null) is not { } application)
        {
            return;
        }

        using CancellationTokenSource patience = new();
        if (isGraceful)
        {
            patience.CancelAfter(s_patience);
        }
        else
        {
            await patience.CancelAsync();
        }

        await application.StopAsync(patience.Token);
        foreach (ConnectionContext connection in _connections.Keys)
        {
            connection.Abort();
        }

        await application.DisposeAsync();
        await Eventually.Equal(0, () => OpenConnections);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(isGraceful: false);
        _placeholder.Dispose();
    }

    private Socket NewSocket()
    {
        static Socket Make() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Socket socket = _options.Inside is { } space ? space.Inside(Make) : Make();
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        return socket;
    }

    private Socket Bind(EndPoint endPoint)
    {
        Socket socket = NewSocket();
        socket.Bind(endPoint);
        return socket;
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Listen(
            EndPoint,
            listen =>
            {
                listen.Use(Track);
                listen.Protocols = HttpProtocols.Http1;
                if (_options.UsesTls)
                {
                    listen.Protocols = _options.OffersHttp2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                    listen.UseHttps(Configure);
                }
            });
    }

    private void Configure(HttpsConnectionAdapterOptions https)
    {
        https.ServerCertificateSelector = (_, _) => Certificate;
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;

        // Who a certificate stands for is judged with the request, as in the real server: 401, not a broken handshake.
        https.AllowAnyClientCertificate();
    }

    private ConnectionDelegate Track(ConnectionDelegate next) => async connection =>
    {
        Interlocked.Increment(ref _accepted);
        connection.Features.Set(new ClientConnection(connection));
        _connections.TryAdd(connection, true);
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    };
}
