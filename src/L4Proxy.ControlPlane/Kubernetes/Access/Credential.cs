using System.Net.Security;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>What goes with one request. Two are equal when the server sees no difference.</summary>
/// <param name="Authorization">The header's value; null for none.</param>
/// <param name="Certificate">Shown when a connection is made; null for none.</param>
internal sealed record Credential(string? Authorization, SslStreamCertificateContext? Certificate)
{
    public override string ToString() => nameof(Credential);
}
