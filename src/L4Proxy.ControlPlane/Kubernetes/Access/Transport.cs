using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>Connections that are made with one client certificate and one set of trusted roots.</summary>
internal sealed class Transport : IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);

    // client-go's: a connection that is silent for 30 s is asked, and given up 15 s after that.
    private static readonly TimeSpan s_pingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pingTimeout = TimeSpan.FromSeconds(15);

    // As long as the shortest watch of client-go (5 to 10 min), so that a changed address or balancer is followed at its pace.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    private readonly ClusterAccess _access;
    private readonly ServerCertificate _server;
    private readonly HttpMessageInvoker _invoker;

    public Transport(ClusterAccess access, SslStreamCertificateContext? certificate, X509Certificate2Collection? roots)
    {
        _access = access;
        Certificate = certificate;
        Roots = roots;
        _server = new ServerCertificate(roots, access.InsecureSkipTlsVerify);
        _invoker = new HttpMessageInvoker(CreateHandler(), disposeHandler: true);
    }

    public SslStreamCertificateContext? Certificate { get; }

    public X509Certificate2Collection? Roots { get; }

    /// <summary>Requests whose headers have not come; guarded by the owner.</summary>
    public int Pending { get; set; }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _invoker.SendAsync(request, cancellation);

    /// <summary>Closes idle connections; bodies that are being read go on to their end.</summary>
    public void Dispose() => _invoker.Dispose();

    private SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.GZip,
        UseProxy = _access.Proxy is not null,
        Proxy = _access.Proxy?.ToWebProxy(),
        ConnectTimeout = s_connectTimeout,
        PooledConnectionLifetime = s_lifetime,
        KeepAlivePingDelay = s_pingDelay,
        KeepAlivePingTimeout = s_pingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
        EnableMultipleHttp2Connections = true,
        SslOptions = CreateTlsOptions(),
        ConnectCallback = _access is { TlsServerName: not null, Proxy: null, Server.Scheme: "https" } ? ConnectByNameAsync : null,
        ActivityHeadersPropagator = null,
    };

    private SslClientAuthenticationOptions CreateTlsOptions() => new()
    {
        ClientCertificateContext = Certificate,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = _server.Policy,
        RemoteCertificateValidationCallback = _server.Validate,
    };

    /// <summary>Connects to the server's address, and asks for and checks another name, which the handler itself cannot.</summary>
    private async ValueTask<Stream> ConnectByNameAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            SslClientAuthenticationOptions options = CreateTlsOptions();
            options.TargetHost = _access.TlsServerName;
            options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, cancellation);
            return tls;
        }
        catch
        {
            socket.Dispose();
            if (tls is not null)
            {
                await tls.DisposeAsync();
            }

            throw;
        }
    }
}
