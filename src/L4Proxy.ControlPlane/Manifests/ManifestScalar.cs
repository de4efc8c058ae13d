using System.Globalization;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>A single value. Plain ones are typed by the core schema of YAML 1.2, quoted ones are strings.</summary>
internal sealed class ManifestScalar(string text, bool plain, int line) : ManifestNode(line, 1)
{
    /// <summary>The text without its quotes.</summary>
    public string Text => text;

    public override string What => IsNull ? "nothing" : IsString ? $"the string \"{Shown.Text(text)}\"" : Shown.Text(text);

    public bool IsNull => plain && text is "" or "~" or "null" or "Null" or "NULL";

    public bool IsString => !plain || !(IsNull || AsBool is not null || IsNumber);

    public bool? AsBool => !plain ? null : text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>A whole decimal number; null for anything else, for octal (a leading zero) too.</summary>
    public long? AsInteger =>
        plain && (text is "0" || !text.StartsWith('0'))
        && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : null;

    private bool IsNumber => text switch
    {
        ".nan" or ".NaN" or ".NAN" or ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" or "-.inf" or "-.Inf" or "-.INF" => true,
        ['0', 'x', _, ..] => text.Skip(2).All(char.IsAsciiHexDigit),
        ['0', 'o', _, ..] => text.Skip(2).All(c => c is >= '0' and <= '7'),
        [(>= '0' and <= '9') or '+' or '-' or '.', ..] => double.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out _),
        _ => false,
    };
}
