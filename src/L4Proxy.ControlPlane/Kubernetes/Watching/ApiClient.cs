using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Access;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Requests for the objects of one scope; whatever goes wrong is an <see cref="ApiFailureException"/>.</summary>
/// <param name="api">The way to the API server.</param>
/// <param name="scope">What is asked for.</param>
/// <param name="time">Clock of deadlines.</param>
internal sealed class ApiClient(IApiConnection api, ResourceScope scope, TimeProvider time)
{
    // The API server gives a request at most 60 s (--request-timeout) and lets it queue for part of that when it is busy.
    private static readonly TimeSpan s_headersWithin = TimeSpan.FromSeconds(30);

    /// <summary>Sends a request and hands the body of the answer on.</summary>
    /// <param name="verb">list or watch.</param>
    /// <param name="parameters">Query without the selectors.</param>
    /// <param name="read">Reads the body; what it throws for a broken body becomes a failure.</param>
    /// <param name="cancellation">Ends all of it.</param>
    /// <exception cref="ApiFailureException">No answer, an error, or a body that is broken.</exception>
    public async Task GetAsync(string verb, string parameters, Func<Stream, Task> read, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await SendAsync(parameters, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw await StatusErrors.ReadAsync(response, verb, scope, time, cancellation);
        }

        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
            await read(body);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException or JsonException)
        {
            string why = e is JsonException ? "it is not what the API defines" : e.Message.TrimEnd('.');
            throw new ApiFailureException(FailureKind.BrokenAnswer, $"the answer to {verb} {scope} broke: {why}", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string parameters, CancellationToken cancellation)
    {
        try
        {
            return await api.GetAsync(scope.PathWith(parameters), s_headersWithin, cancellation);
        }
        catch (ApiUnreachableException e)
        {
            throw new ApiFailureException(FailureKind.Unreachable, e.Message, e);
        }
    }
}
