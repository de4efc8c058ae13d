using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Answers that are no success, as failures.</summary>
internal static class StatusErrors
{
    // A Status is a few hundred bytes; proxies in between may answer with pages of their own.
    private const int MaxBody = 64 * 1024;

    /// <summary>The body comes with the headers; what it would say is not worth a longer wait.</summary>
    private static readonly TimeSpan s_bodyWithin = TimeSpan.FromSeconds(5);

    /// <summary>Reads the body of an answer that is no success.</summary>
    public static async Task<ApiFailureException> ReadAsync(
        HttpResponseMessage response, string verb, ResourceScope scope, TimeProvider time, CancellationToken cancellation)
    {
        ApiStatus? status = null;
        using CancellationTokenSource deadline = new(s_bodyWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(either.Token);
            byte[] bytes = new byte[MaxBody];
            int length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, either.Token);
            status = JsonSerializer.Deserialize(bytes.AsSpan(0, length), KubernetesJsonContext.Default.ApiStatus);
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or InvalidDataException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // The status code says enough.
        }

        return Of((int)response.StatusCode, status, verb, scope, RetryAfter(response.Headers.RetryAfter, time));
    }

    /// <summary>What a status code and the body that came with it mean.</summary>
    public static ApiFailureException Of(int code, ApiStatus? status, string verb, ResourceScope scope, TimeSpan? retryAfter = null)
    {
        FailureKind kind = KindOf(code, status);
        string said = Shown.Message(status?.Message ?? "");
        string message = kind switch
        {
            FailureKind.Unauthorized => "the API server does not accept the credentials (401)",
            FailureKind.Forbidden => Forbidden.Message(verb, scope, status?.Message ?? ""),
            FailureKind.NotFound => $"the API server has no {scope.Kind.QualifiedName} (404): {scope.PathWith("")[..^1]}; is it a Kubernetes API server, v1.21 or later?",
            _ => $"cannot {verb} {scope}: the API server says {code}{(said.Length == 0 ? "" : $": {said}")}",
        };
        return new ApiFailureException(kind, message) { RetryAfter = retryAfter };
    }

    private static FailureKind KindOf(int code, ApiStatus? status)
    {
        // A server that was restored from a backup is behind the resourceVersion that is asked for.
        if (status?.Details?.Causes is { } causes && causes.Any(c => c?.Reason == "ResourceVersionTooLarge"))
        {
            return FailureKind.Expired;
        }

        return (HttpStatusCode)code switch
        {
            HttpStatusCode.Unauthorized => FailureKind.Unauthorized,
            HttpStatusCode.Forbidden => FailureKind.Forbidden,
            HttpStatusCode.NotFound => FailureKind.NotFound,
            HttpStatusCode.Gone => FailureKind.Expired,
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => FailureKind.Busy,
            HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotAcceptable
                or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity => FailureKind.NotUnderstood,
            _ => FailureKind.ServerError,
        };
    }

    /// <summary>RFC 9110, section 10.2.3: seconds or a date.</summary>
    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, TimeProvider time)
    {
        TimeSpan? wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } given ? TimeSpan.FromTicks(Math.Clamp(given.Ticks, 0, Backoff.Cap.Ticks)) : null;
    }
}
