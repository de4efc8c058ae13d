namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>A request gave nothing; the message is one line for the user.</summary>
internal sealed class ApiFailureException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind => kind;

    /// <summary>How long the server asks to be left alone; null when it says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
