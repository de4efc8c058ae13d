namespace L4Proxy.ControlPlane.Translation.Objects;

/// <summary>A port by number or by name: one of the two is set.</summary>
/// <param name="Number">The number; null when it is a name.</param>
/// <param name="Text">The name; null when it is a number.</param>
public readonly record struct IntOrString(int? Number, string? Text)
{
    public override string ToString() => Number?.ToString() ?? Text ?? "";
}
