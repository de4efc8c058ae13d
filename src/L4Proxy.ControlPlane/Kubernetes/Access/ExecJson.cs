using System.Text.Json;
using System.Text.Json.Serialization;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>ExecCredential of client.authentication.k8s.io, as plugins print it; only what is used.</summary>
internal sealed record ExecCredentialDocument(string? ApiVersion, string? Kind, ExecCredentialStatus? Status)
{
    public override string ToString() => nameof(ExecCredentialDocument);
}

internal sealed record ExecCredentialStatus(
    string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp)
{
    public override string ToString() => nameof(ExecCredentialStatus);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.General, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ExecCredentialDocument))]
internal sealed partial class ExecJson : JsonSerializerContext;
