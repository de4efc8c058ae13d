using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>The path of a file or folder; whether it exists is found out by who reads it.</summary>
internal sealed class PathFormat : ValueFormat<string>
{
    public override string Allowed => "the path of a file or folder";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);
    }

    public override string Format(string value) => value;
}
