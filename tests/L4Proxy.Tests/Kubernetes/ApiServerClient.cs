using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using L4Proxy.Testing;
using L4Proxy.Testing.Kubernetes;
using Xunit;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>A plain client of the server under test: it knows nothing of what the product's client does.</summary>
internal sealed class ApiServerClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiServerClient(FakeApiServer server, HttpMessageHandler? handler = null)
    {
        _http = new HttpClient(handler ?? new SocketsHttpHandler()) { BaseAddress = server.Url, Timeout = Deadline.Default };
    }

    public HttpClient Http => _http;

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>A handler that trusts one authority.</summary>
    public static SocketsHttpHandler Handler(CertificateAuthority authority, X509Certificate2? certificate = null) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = certificate is null ? [] : [certificate],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509Certificate2.CreateFromPem(authority.Pem) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    /// <summary>The JSON of an answer that is expected to have the status.</summary>
    public async Task<JsonObject> GetJsonAsync(string path, int status = 200)
    {
        using HttpResponseMessage response = await GetAsync(path);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {body}");
        return JsonNode.Parse(body)!.AsObject();
    }

    /// <summary>Starts a watch and waits for its headers.</summary>
    public async Task<WatchStream> WatchAsync(string path)
    {
        HttpResponseMessage response = await GetAsync(path);
        Assert.Equal(200, (int)response.StatusCode);
        return new WatchStream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The lines of a watch.</summary>
    internal sealed class WatchStream(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public HttpResponseMessage Response { get; } = response;

        /// <summary>The next event, null at the clean end.</summary>
        public async Task<JsonObject?> NextAsync() =>
            await LineAsync() is { } line ? JsonNode.Parse(line)!.AsObject() : null;

        public async Task<string?> LineAsync() => await reader.ReadLineAsync().Within();

        /// <summary>The next event in short: type, name and resourceVersion.</summary>
        public async Task<string> NextShortAsync()
        {
            JsonObject? o = await NextAsync();
            JsonNode? metadata = o?["object"]?["metadata"];
            return o is null ? "end" : $"{o["type"]} {metadata?["name"]} {metadata?["resourceVersion"]}".Replace("  ", " ", StringComparison.Ordinal);
        }

        public void Dispose()
        {
            Response.Dispose();
            reader.Dispose();
        }
    }
}
