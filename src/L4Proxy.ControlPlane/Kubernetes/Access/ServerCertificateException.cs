using System.Security.Authentication;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>The server's certificate is not one to trust. The message is one line.</summary>
internal sealed class ServerCertificateException(string message) : AuthenticationException(message);
