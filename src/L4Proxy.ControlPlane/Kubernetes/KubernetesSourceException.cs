namespace L4Proxy.ControlPlane.Kubernetes;

/// <summary>The objects of a cluster could not be read; the message is one line for the user.</summary>
public sealed class KubernetesSourceException : Exception
{
    public KubernetesSourceException(string message)
        : base(message)
    {
    }

    public KubernetesSourceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
