namespace L4Proxy.ControlPlane.Settings;

/// <summary>The name of a Kubernetes object, or nothing (RFC 1123 subdomain, as most kinds require).</summary>
/// <param name="nothing">What no name stands for.</param>
public sealed class ObjectNameFormat(string nothing) : ValueFormat<string>
{
    private const int LongestName = 253;

    public override string Allowed => $"a name of lower-case letters, digits, '-' and '.', or nothing ({nothing})";

    /// <summary>Whether a text can be the name of an object.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= LongestName
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]);

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length == 0 || IsName(text);
    }

    public override string Format(string value) => value;
}
