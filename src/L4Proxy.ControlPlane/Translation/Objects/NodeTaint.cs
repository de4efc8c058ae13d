using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>A taint (the API calls it Taint); only its key is used.</summary>
public sealed record NodeTaint
{
    [AllowNull]
    public string Key { get; init => field = value ?? ""; } = "";
}
