namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// No answer was had from the API server: no connection, no TLS, no credentials, nothing in time. The message is one
/// line for the user, without secrets.
/// </summary>
public sealed class ApiUnreachableException : Exception
{
    public ApiUnreachableException(string message)
        : base(message)
    {
    }

    public ApiUnreachableException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
