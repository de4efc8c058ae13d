using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace L4Proxy.Admin.Http;

/// <summary>One request and its answer.</summary>
internal readonly struct AdminExchange(IFeatureCollection features)
{
    public const string PlainText = "text/plain; charset=utf-8";

    private static readonly byte[] s_notFound = "404 page not found\n"u8.ToArray();

    private IHttpRequestFeature Request => features.GetRequiredFeature<IHttpRequestFeature>();

    private IHttpResponseFeature Response => features.GetRequiredFeature<IHttpResponseFeature>();

    private IHttpResponseBodyFeature Body => features.GetRequiredFeature<IHttpResponseBodyFeature>();

    /// <summary>The path, percent-decoded, without the query.</summary>
    public string Path => Request.Path;

    public bool IsGet => Request.Method == "GET";

    public bool IsHead => Request.Method == "HEAD";

    public bool HasBody => features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    /// <summary>Cancelled when the client is gone.</summary>
    public CancellationToken Aborted => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;

    /// <summary>Resets the connection: an answer that cannot be finished must not look like a whole one.</summary>
    public void Abort() => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();

    public void SetHeader(string name, StringValues value) => Response.Headers[name] = value;

    /// <summary>Sends a whole answer.</summary>
    public async Task SendAsync(int status, string contentType, ReadOnlyMemory<byte> body)
    {
        SetHead(status, contentType);
        Response.Headers.ContentLength = body.Length;
        await Body.StartAsync();
        if (!IsHead)
        {
            await Body.Writer.WriteAsync(body, Aborted);
        }
    }

    public Task SendTextAsync(int status, string text) => SendAsync(status, PlainText, Encoding.UTF8.GetBytes(text));

    /// <summary>The answer of Go's net/http, which kube-proxy gives, to a path that it does not know.</summary>
    public Task SendNotFoundAsync() => SendAsync(404, PlainText, s_notFound);

    /// <summary>Refuses a request, and with it the connection: what follows on it may be a body that nobody wants.</summary>
    public Task SendRefusalAsync(int status, string text)
    {
        Response.Headers.Connection = "close";
        return SendTextAsync(status, text);
    }

    /// <summary>Starts an answer whose length is not known; null for HEAD, which has no body.</summary>
    public async Task<PipeWriter?> StartAsync(string contentType)
    {
        SetHead(200, contentType);
        await Body.StartAsync();
        return IsHead ? null : Body.Writer;
    }

    private void SetHead(int status, string contentType)
    {
        Response.StatusCode = status;
        Response.Headers.ContentType = contentType;
        Response.Headers.XContentTypeOptions = "nosniff";
    }
}
