namespace L4Proxy.ControlPlane.Settings;

/// <summary>Value of a label (Kubernetes, "Syntax and character set"), or nothing. Any other text would make another selector.</summary>
/// <param name="nothing">What nothing means, as said in an error.</param>
public sealed class LabelValueFormat(string nothing) : ValueFormat<string>
{
    private const int LongestValue = 63;

    public override string Allowed => $"a label value: at most {LongestValue} letters, digits, '-', '_' and '.', or nothing ({nothing})";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length == 0 || (text.Length <= LongestValue
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]));
    }

    public override string Format(string value) => value;
}
