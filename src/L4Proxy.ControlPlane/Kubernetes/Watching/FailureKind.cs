namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Why a request gave nothing.</summary>
internal enum FailureKind : byte
{
    /// <summary>No answer: not connected, or cut off before the headers.</summary>
    Unreachable,

    /// <summary>401.</summary>
    Unauthorized,

    /// <summary>403.</summary>
    Forbidden,

    /// <summary>404: the server does not have the resource.</summary>
    NotFound,

    /// <summary>429, 503 and 504: the server is busy or not ready.</summary>
    Busy,

    /// <summary>410, or another way to say that a resourceVersion or a continue token is of no use: a fresh list is needed.</summary>
    Expired,

    /// <summary>The server does not understand the request (400, 405, 406, 415, 422).</summary>
    NotUnderstood,

    /// <summary>Any other status.</summary>
    ServerError,

    /// <summary>The answer ended too early, stalled, or was not what the API says.</summary>
    BrokenAnswer,
}
