using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The way of a request: record, faults, authentication, authorisation, answer.</summary>
internal sealed class RequestPipeline(
    FakeApiServer server, RequestLog log, ListHandler lists, WatchHandler watches, WriteHandler writes, ObjectStore store)
{
    private const string Json = "application/json";

    public async Task ServeAsync(HttpContext context)
    {
        string pathText = context.Request.Path.Value ?? "/";
        ApiPath? path = ApiPath.Parse(pathText);
        SeenRequest request = Describe(context, pathText, path);
        HttpResponse response = context.Response;
        response.Headers["Audit-Id"] = Guid.NewGuid().ToString();
        response.Headers.CacheControl = "no-cache, private";
        response.OnStarting(
            () =>
            {
                request.StatusCode = response.StatusCode;
                log.Pulse();
                return Task.CompletedTask;
            });
        log.Add(request);
        try
        {
            await AnswerAsync(context, request, path);
        }
        catch (ApiException e)
        {
            await WriteStatusAsync(context, e);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException)
        {
            // The client has gone, or was sent away.
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, SeenRequest request, ApiPath? path)
    {
        if (path is null)
        {
            string body = DiscoveryHandler.Answer(request.Path) ?? throw ApiException.NoSuchPath();
            await WriteAsync(context, StatusCodes.Status200OK, Bytes.Of(body), body == "ok" ? "text/plain; charset=utf-8" : Json);
            return;
        }

        switch (request.Verb)
        {
            case "list":
                await lists.ServeAsync(context, path.Resource, ListOptions.Parse(path, request.Query, server.WatchList));
                break;
            case "watch":
                await watches.ServeAsync(context, path.Resource, ListOptions.Parse(path, request.Query, server.WatchList));
                break;
            case "get":
                StoredObject found = store.Find(path.Resource, path.Namespace, path.Name!) ?? throw ApiException.NotFound(path.Resource, path.Name!);
                await WriteAsync(context, StatusCodes.Status200OK, Bytes.Join(found.Whole(), "\n"u8), Json);
                break;
            default:
                (int status, byte[] body) = await writes.ServeAsync(context, path, request.Verb);
                await WriteAsync(context, status, Bytes.Join(body, "\n"u8), Json);
                break;
        }
    }

    private static async Task WriteStatusAsync(HttpContext context, ApiException error)
    {
        if (error.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }

        if (error.Code == StatusCodes.Status403Forbidden)
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
        }

        await WriteAsync(context, error.Code, Bytes.Join(error.ToStatus(), "\n"u8), Json);
    }

    private static async Task WriteAsync(HttpContext context, int status, byte[] body, string contentType)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static SeenRequest Describe(HttpContext context, string pathText, ApiPath? path)
    {
        Dictionary<string, string> query =
            context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal);
        return new SeenRequest
        {
            Verb = VerbOf(context.Request.Method, path, query),
            Resource = path?.Resource,
            Namespace = path?.Namespace,
            Name = path?.Name,
            Path = pathText,
            Query = query,
            Headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Protocol = context.Request.Protocol,
        };
    }

    private static string VerbOf(string method, ApiPath? path, Dictionary<string, string> query) => method switch
    {
        "GET" when query.GetValueOrDefault("watch") is "1" or "true" => "watch",
        "GET" => path is null || path.Name is not null ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        _ => "delete",
    };
}
