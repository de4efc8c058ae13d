using System.Text.Json.Nodes;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>An answer other than success: an HTTP status with a Status object.</summary>
public sealed class ApiException : Exception
{
    /// <param name="code">HTTP status.</param>
    /// <param name="reason">Reason of the Status object, null where the real server gives none.</param>
    /// <param name="message">Message of the Status object.</param>
    /// <param name="details">Details of the Status object.</param>
    /// <param name="retryAfterSeconds">Retry-After header in seconds, for clients that should come again.</param>
    public ApiException(int code, string? reason, string message, JsonObject? details = null, int? retryAfterSeconds = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Details = details;
        RetryAfterSeconds = retryAfterSeconds;
    }

    public int Code { get; }

    public string? Reason { get; }

    public JsonObject? Details { get; }

    public int? RetryAfterSeconds { get; }

    /// <summary>A token that a list that has expired can be continued with, from another state.</summary>
    public string? ContinueToken { get; init; }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException NoSuchPath() =>
        new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException NotFound(KubeResource resource, string name) =>
        new(404, "NotFound", $"{resource.QualifiedName} \"{name}\" not found", DetailsOf(resource, name));

    public static ApiException AlreadyExists(KubeResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource.QualifiedName} \"{name}\" already exists", DetailsOf(resource, name));

    public static ApiException Conflict(KubeResource resource, string name) =>
        new(
            409,
            "Conflict",
            $"Operation cannot be fulfilled on {resource.QualifiedName} \"{name}\": the object has been modified; "
            + "please apply your changes to the latest version and try again",
            DetailsOf(resource, name));

    public static ApiException Forbidden(KubeResource resource, string? name, string? ns, string verb, string user)
    {
        string what = name is null ? resource.QualifiedName : $"{resource.QualifiedName} \"{name}\"";
        string scope = ns is null ? "at the cluster scope" : $"in the namespace \"{ns}\"";
        return new(
            403,
            "Forbidden",
            $"{what} is forbidden: User \"{user}\" cannot {verb} resource \"{resource.Plural}\" in API group \"{resource.Group}\" {scope}",
            DetailsOf(resource, name));
    }

    public static ApiException Expired(string message) => new(410, "Expired", message);

    /// <summary>A watch from a version that the server no longer knows.</summary>
    public static ApiException TooOld(long asked, long oldest) => Expired($"too old resource version: {asked} ({oldest})");

    /// <summary>A parameter that is not allowed beside another.</summary>
    public static ApiException InvalidOption(string field, string message) =>
        new(
            422,
            "Invalid",
            $"ListOptions.meta.k8s.io \"\" is invalid: {field}: Forbidden: {message}",
            new JsonObject
            {
                ["group"] = "meta.k8s.io",
                ["kind"] = "ListOptions",
                ["causes"] = new JsonArray(new JsonObject
                {
                    ["reason"] = "FieldValueForbidden",
                    ["message"] = $"Forbidden: {message}",
                    ["field"] = field,
                }),
            });

    /// <summary>What the server answers with a status when nothing in the request calls for it.</summary>
    public static ApiException Of(int code, int? retryAfterSeconds) => code switch
    {
        400 => BadRequest("the server rejected our request for an unknown reason"),
        401 => Unauthorized(),
        404 => NoSuchPath(),
        410 => Expired("The resourceVersion for the provided list is too old."),
        429 => TooManyRequests(retryAfterSeconds ?? 1),
        500 => Failure(500, "InternalError", "Internal error occurred: etcdserver: leader changed", retryAfterSeconds),
        503 => Failure(503, "ServiceUnavailable", "apiserver not ready", retryAfterSeconds),
        504 => Failure(504, "Timeout", "Timeout: request did not complete within the allotted timeout", retryAfterSeconds),
        _ => Failure(code, "Unknown", "unknown", retryAfterSeconds),
    };

    public static ApiException TooManyRequests(int retryAfterSeconds) =>
        new(
            429,
            "TooManyRequests",
            "Too many requests, please try again later.",
            new JsonObject { ["retryAfterSeconds"] = retryAfterSeconds },
            retryAfterSeconds);

    /// <summary>A list of a state that the server has not reached.</summary>
    public static ApiException FutureVersion(long asked, long current) =>
        new(
            504,
            "Timeout",
            $"Timeout: Too large resource version: {asked}, current: {current}",
            new JsonObject
            {
                ["causes"] = new JsonArray(new JsonObject
                {
                    ["reason"] = "ResourceVersionTooLarge",
                    ["message"] = "Too large resource version",
                }),
                ["retryAfterSeconds"] = 1,
            },
            retryAfterSeconds: 1);

    public static ApiException NotANumber(string version) =>
        new(500, null, $"resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");

    /// <summary>The Status object in UTF-8.</summary>
    public byte[] ToStatus()
    {
        JsonObject metadata = [];
        if (ContinueToken is not null)
        {
            metadata["continue"] = ContinueToken;
        }

        JsonObject status = new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason is not null)
        {
            status["reason"] = Reason;
        }

        if (Details is not null)
        {
            status["details"] = Details.DeepClone();
        }

        status["code"] = Code;
        return Bytes.Of(status.ToJsonString(JsonText.Writing));
    }

    private static ApiException Failure(int code, string reason, string message, int? retryAfterSeconds)
    {
        JsonObject? details = retryAfterSeconds is null ? null : new JsonObject { ["retryAfterSeconds"] = retryAfterSeconds };
        return new ApiException(code, reason, message, details, retryAfterSeconds);
    }

    private static JsonObject DetailsOf(KubeResource resource, string? name)
    {
        JsonObject details = [];
        if (name is not null)
        {
            details["name"] = name;
        }

        if (resource.Group.Length > 0)
        {
            details["group"] = resource.Group;
        }

        details["kind"] = resource.Plural;
        return details;
    }
}
