using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Web;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>A request that waits for the test's answer.</summary>
internal sealed class ScriptedRequest(string pathAndQuery)
{
    private readonly TaskCompletionSource<HttpResponseMessage> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pipe _body = new(new PipeOptions(pauseWriterThreshold: 0));

    public string PathAndQuery => pathAndQuery;

    public string Path => pathAndQuery.Split('?')[0];

    public bool IsWatch => this["watch"] == "true";

    public Task<HttpResponseMessage> Response => _response.Task;

    /// <summary>A parameter; null when it is absent.</summary>
    public string? this[string name] => HttpUtility.ParseQueryString(pathAndQuery.Split('?')[1])[name];

    /// <summary>Answers as a whole.</summary>
    public void Answer(string body, HttpStatusCode status = HttpStatusCode.OK, string? retryAfter = null)
    {
        HttpResponseMessage response = new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (retryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        }

        _response.SetResult(response);
    }

    /// <summary>Answers with a Status object, as the API server does when it cannot do as asked.</summary>
    public void Refuse(HttpStatusCode status, string message = "no", string? retryAfter = null) =>
        Answer(ApiJson.Status((int)status, message), status, retryAfter);

    /// <summary>No answer.</summary>
    public void Fail(Exception error) => _response.SetException(error);

    /// <summary>Answers with a stream that the test writes.</summary>
    public ScriptedRequest Open(HttpStatusCode status = HttpStatusCode.OK)
    {
        _response.SetResult(new HttpResponseMessage(status) { Content = new StreamContent(_body.Reader.AsStream()) });
        return this;
    }

    /// <summary>Writes lines to the stream, at once.</summary>
    public async Task SendAsync(params string[] lines) =>
        await _body.Writer.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));

    /// <summary>Writes bytes to the stream.</summary>
    public async Task SendRawAsync(byte[] bytes) => await _body.Writer.WriteAsync(bytes);

    /// <summary>Ends the stream as a server does that is done.</summary>
    public void End() => _body.Writer.Complete();

    /// <summary>Ends the stream as a connection does that breaks.</summary>
    public void Break() => _body.Writer.Complete(new IOException("connection reset by peer"));
}
