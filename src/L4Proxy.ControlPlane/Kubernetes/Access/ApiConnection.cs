using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using L4Proxy.ControlPlane.Translation;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// The way to one API server: sends requests with our credentials, over HTTP/2 where that is offered. Safe for any
/// number of requests at once.
/// </summary>
public sealed class ApiConnection : IApiConnection, IDisposable
{
    private readonly ClusterAccess _access;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CredentialSource _credentials;
    private readonly LastGood<X509Certificate2Collection>? _roots;
    private readonly string _base;
    private readonly Lock _gate = new();
    private Transport? _transport;
    private bool _disposed;

    public ApiConnection(ClusterAccess access, TimeProvider clock, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(loggers);
        _access = access;
        _clock = clock;
        _logger = loggers.CreateLogger<ApiConnection>();
        _credentials = new CredentialSource(access, clock, _logger);
        _roots = access is { CertificateAuthority: { } authority, InsecureSkipTlsVerify: false }
            ? new LastGood<X509Certificate2Collection>("certificate authority", [authority], PemContent.Certificates, _logger)
            : null;
        _base = access.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
    }

    /// <summary>How we call ourselves: <c>l4proxy/0.1.0 (linux/amd64)</c>.</summary>
    public static string UserAgent { get; } = DescribeOurselves();

    /// <summary>
    /// Asks for something and returns when the headers of the answer are there; the body is streamed by the caller,
    /// who disposes the answer. After 401 the credentials are renewed, if they can be, and the request is sent once more.
    /// </summary>
    /// <param name="pathAndQuery">Starts with a slash; goes after the path of the server's URL.</param>
    /// <param name="headersWithin">Time for each attempt until its headers are there; an exec plugin has its own deadline before that.</param>
    /// <param name="cancellation">Ends the request; after the headers it means nothing.</param>
    /// <exception cref="ApiUnreachableException">There was no answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(string pathAndQuery, TimeSpan headersWithin, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            Credential credential = await _credentials.GetAsync(cancellation);
            HttpResponseMessage response = await SendAsync(pathAndQuery, credential, headersWithin, cancellation);
            if (response.StatusCode == HttpStatusCode.Unauthorized
                && await RenewAsync(credential, response, cancellation) is { } renewed)
            {
                response.Dispose();
                response = await SendAsync(pathAndQuery, renewed, headersWithin, cancellation);
            }

            if (response.StatusCode != HttpStatusCode.Unauthorized)
            {
                _credentials.Accept();
            }

            return response;
        }
        catch (ApiUnreachableException e)
        {
            throw new ApiUnreachableException($"API server {_access.Server.GetLeftPart(UriPartial.Path).TrimEnd('/')}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                _transport?.Dispose();
                _credentials.Dispose();
            }
        }
    }

    private async Task<Credential?> RenewAsync(Credential credential, HttpResponseMessage refusal, CancellationToken cancellation)
    {
        try
        {
            return await _credentials.RenewAsync(credential, cancellation);
        }
        catch
        {
            refusal.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        string pathAndQuery, Credential credential, TimeSpan headersWithin, CancellationToken cancellation)
    {
        using HttpRequestMessage request = CreateRequest(pathAndQuery, credential);
        using CancellationTokenSource deadline = new(headersWithin, _clock);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        Transport transport = Enter(credential.Certificate);
        try
        {
            return RefuseRedirect(await transport.SendAsync(request, end.Token), pathAndQuery);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            cancellation.ThrowIfCancellationRequested();
            throw;
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            throw new ApiUnreachableException($"no answer within {headersWithin.TotalSeconds:0.###} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            // A server that resets a connection as soon as it has taken it is a bare SocketException of the handler.
            throw new ApiUnreachableException(ConnectionFailure.Describe(e, _access), e);
        }
        finally
        {
            Leave(transport);
        }
    }

    private HttpRequestMessage CreateRequest(string pathAndQuery, Credential credential)
    {
        HttpRequestMessage request = new(HttpMethod.Get, _base + pathAndQuery)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        HttpRequestHeaders headers = request.Headers;
        headers.TryAddWithoutValidation("User-Agent", UserAgent);
        headers.TryAddWithoutValidation("Accept", "application/json");
        if (credential.Authorization is { } authorization)
        {
            headers.TryAddWithoutValidation("Authorization", authorization);
        }

        foreach ((string key, string value) in _access.Credentials.Impersonation)
        {
            headers.TryAddWithoutValidation(key, value);
        }

        if (_access is { TlsServerName: { } name, Proxy: not null })
        {
            // Inside a tunnel the handler asks for the certificate of whom the request is addressed to.
            headers.Host = name;
        }

        return request;
    }

    private HttpResponseMessage RefuseRedirect(HttpResponseMessage response, string pathAndQuery)
    {
        if ((int)response.StatusCode is not (>= 300 and < 400) || response.StatusCode == HttpStatusCode.NotModified)
        {
            return response;
        }

        string target = Shown.Text(response.Headers.Location?.ToString() ?? "nowhere");
        int status = (int)response.StatusCode;
        response.Dispose();
        throw new ApiUnreachableException(
            $"answers {Shown.Text(pathAndQuery)} with {status}, a redirect to {target}, which is not followed; give the address of the API server itself");
    }

    /// <summary>The connections that show a certificate; new ones when that, or what we trust, has changed.</summary>
    private Transport Enter(SslStreamCertificateContext? certificate)
    {
        X509Certificate2Collection? roots = _roots?.Get();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_transport is null || _transport.Certificate != certificate || _transport.Roots != roots)
            {
                Transport? old = _transport;
                _transport = new Transport(_access, certificate, roots);
                if (old is not null)
                {
                    AccessLog.CertificateChanged(_logger, _access.Server);
                    DisposeWhenUnused(old);
                }
            }

            _transport.Pending++;
            return _transport;
        }
    }

    private void Leave(Transport transport)
    {
        lock (_gate)
        {
            transport.Pending--;
            DisposeWhenUnused(transport);
        }
    }

    private void DisposeWhenUnused(Transport transport)
    {
        if (transport != _transport && transport.Pending == 0)
        {
            transport.Dispose();
        }
    }

    private static string DescribeOurselves()
    {
        string version = typeof(ApiConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        string system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        string architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture other => other.ToString().ToLowerInvariant(),
        };
        return $"l4proxy/{version.Split('+')[0]} ({system}/{architecture})";
    }
}
