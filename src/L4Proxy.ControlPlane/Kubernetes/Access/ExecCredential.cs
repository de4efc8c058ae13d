using System.Net.Security;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>What an exec plugin has handed out.</summary>
/// <param name="Authorization">The header's value; null for none.</param>
/// <param name="Certificate">Null for none.</param>
/// <param name="UseUntil">When another one is asked for; null for never.</param>
internal sealed record ExecCredential(string? Authorization, SslStreamCertificateContext? Certificate, DateTimeOffset? UseUntil)
{
    public override string ToString() => nameof(ExecCredential);
}
