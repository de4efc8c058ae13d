using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The way of a request: record, faults, authentication, authorisation, answer.</summary>
internal sealed class RequestPipeline(
    FakeApiServer server, RequestLog log, ListHandler lists, WatchHandler watches, WriteHandler writes, ObjectStore store)
{
    private const string Json = "application/json";

    private static readonly string s_flowSchema = Guid.NewGuid().ToString();
    private static readonly string s_priorityLevel = Guid.NewGuid().ToString();

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
            Fault? fault = server.Faults.Take(request);
            if (fault is not null)
            {
                await BeginAsync(context, fault);
            }

            if (fault?.StatusCode is { } code)
            {
                throw code == StatusCodes.Status403Forbidden && path is not null
                    ? ApiException.Forbidden(path.Resource, path.Name, path.Namespace, request.Verb, ApiUser.Anybody.Name)
                    : ApiException.Of(code, fault.RetryAfterSeconds);
            }

            if (fault?.Body is { } body)
            {
                await WriteAsync(context, StatusCodes.Status200OK, Bytes.Of(body), Json);
                return;
            }

            ApiUser user = server.Authenticator.Identify(context);
            request.User = user.Name;
            context.Response.Headers["X-Kubernetes-Pf-Flowschema-Uid"] = s_flowSchema;
            context.Response.Headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = s_priorityLevel;
            server.Authorizer.Check(user, request);
            await AnswerAsync(context, request, path);
        }
        catch (ApiException e)
        {
            await WriteStatusAsync(context, e);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has gone, or was sent away.
            context.Abort();
        }
    }

    private static async Task BeginAsync(HttpContext context, Fault fault)
    {
        if (fault.Before is not null)
        {
            await fault.Before(context.RequestAborted);
        }

        if (fault.EndAfterBytes == 0)
        {
            await FaultyBody.EndAsync(context, fault.End);
        }

        context.Response.Body = new FaultyBody(context, context.Response.Body, fault);
        if (fault.Preamble is not null)
        {
            context.Response.OnStarting(
                () =>
                {
                    // One more than promised would not be sent.
                    context.Response.ContentLength = null;
                    return Task.CompletedTask;
                });
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
                StoredObject found = store.Find(path.Resource, path.Namespace, path.Name!)
                    ?? throw ApiException.NotFound(path.Resource, path.Name!);
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
            Subresource = path?.Subresource,
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
