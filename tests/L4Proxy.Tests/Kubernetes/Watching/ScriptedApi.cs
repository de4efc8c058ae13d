using System.Threading.Channels;
using L4Proxy.ControlPlane.Kubernetes;
using L4Proxy.Testing;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>An API server whose every answer the test gives itself.</summary>
internal sealed class ScriptedApi : IApiConnection
{
    private readonly Channel<ScriptedRequest> _requests = Channel.CreateUnbounded<ScriptedRequest>();

    /// <summary>Requests that nobody has looked at.</summary>
    public int Waiting => _requests.Reader.Count;

    public Task<HttpResponseMessage> GetAsync(string pathAndQuery, TimeSpan headersWithin, CancellationToken cancellation)
    {
        ScriptedRequest request = new(pathAndQuery);
        _requests.Writer.TryWrite(request);
        return request.Response.WaitAsync(cancellation);
    }

    /// <summary>The next request.</summary>
    public Task<ScriptedRequest> NextAsync() => _requests.Reader.ReadAsync().AsTask().Within();
}
