namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>An exec plugin handed out nothing. The message goes on after the plugin's name.</summary>
internal sealed class ExecFailedException(string message) : Exception(message);
