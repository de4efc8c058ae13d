using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>Any printable text, or nothing.</summary>
/// <param name="allowed">What it is, as said in an error.</param>
internal sealed class TextFormat(string allowed) : ValueFormat<string>
{
    public override string Allowed => allowed;

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return !text.Any(char.IsControl);
    }

    public override string Format(string value) => value;
}
