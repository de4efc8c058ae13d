using System.Net;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.Testing.Kubernetes;

namespace L4Proxy.Tests.Kubernetes;

/// <summary>A plain way to the tests' server, without credentials.</summary>
internal sealed class HttpApi(FakeApiServer server) : IApiConnection, IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, TimeSpan headersWithin, CancellationToken cancellation) =>
        _http.SendAsync(new HttpRequestMessage(HttpMethod.Get, server.Url.GetLeftPart(UriPartial.Authority) + pathAndQuery), cancellation);

    public void Dispose() => _http.Dispose();
}
