using System.Net;
using L4Proxy.ControlPlane.Kubernetes;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>An API server that answers with one stream, whatever is asked.</summary>
internal sealed class StreamApi(Stream body) : IApiConnection
{
    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, TimeSpan headersWithin, CancellationToken cancellation) =>
        Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) });
}
