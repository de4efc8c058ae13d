using System.Net.Security;
using System.Text;
using Microsoft.Extensions.Logging;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// Says what goes with the next request. As in client-go, a password goes before a token file, that before a token,
/// and an exec plugin is asked only for what is not given otherwise.
/// </summary>
internal sealed class CredentialSource : IDisposable
{
    private readonly LastGood<SslStreamCertificateContext>? _certificate;
    private readonly LastGood<string>? _tokenFile;
    private readonly ExecCredentials? _exec;
    private readonly string? _fixed;
    private readonly string? _token;

    public CredentialSource(ClusterAccess access, TimeProvider clock, ILogger logger)
    {
        AccessCredentials given = access.Credentials;
        _fixed = given.UserName is null && given.Password is null
            ? null
            : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{given.UserName}:{given.Password}"))}";
        _token = given.Token is null ? null : $"Bearer {given.Token}";
        _tokenFile = given.TokenFile is null
            ? null
            : new LastGood<string>("token file", [PemSource.OfFile(given.TokenFile)], PemContent.Token, logger);
        _certificate = given is { Certificate: { } certificate, Key: { } key }
            ? new LastGood<SslStreamCertificateContext>("client certificate", [certificate, key], PemContent.ClientCertificate, logger)
            : null;
        _exec = given.Exec is null ? null : new ExecCredentials(given.Exec, access.User, clock, logger);
    }

    /// <exception cref="ApiUnreachableException">There are none to be had.</exception>
    public async Task<Credential> GetAsync(CancellationToken cancellation)
    {
        string? authorization = _fixed ?? Token();
        SslStreamCertificateContext? certificate = _certificate?.Get();
        if (authorization is null && _exec is not null)
        {
            ExecCredential issued = await _exec.GetAsync(cancellation);
            authorization = issued.Authorization;
            certificate ??= issued.Certificate;
        }

        return new Credential(authorization, certificate);
    }

    /// <summary>After the server has refused one: another one, or null when there is none.</summary>
    public async Task<Credential?> RenewAsync(Credential rejected, CancellationToken cancellation)
    {
        if (_exec is not null)
        {
            _exec.Reject(rejected);
        }

        Credential renewed = await GetAsync(cancellation);
        return renewed == rejected ? null : renewed;
    }

    /// <summary>The server has taken one.</summary>
    public void Accept() => _exec?.Accept();

    public void Dispose() => _exec?.Dispose();

    private string? Token()
    {
        if (_tokenFile is null)
        {
            return _token;
        }

        try
        {
            return $"Bearer {_tokenFile.Get()}";
        }
        catch (ApiUnreachableException) when (_token is not null)
        {
            return _token;
        }
    }
}
