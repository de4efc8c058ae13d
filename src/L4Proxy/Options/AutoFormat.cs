using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary>An integer from 1, or the word <c>auto</c>, which is held as 0.</summary>
internal sealed class AutoFormat(int max, string meaning) : ValueFormat<int>
{
    private const string Word = "auto";

    private readonly IntegerFormat _integer = new(1, max);

    public override string Allowed => $"{_integer.Allowed}, or {Word} ({meaning})";

    public override bool TryParse(string text, out int value)
    {
        if (string.Equals(text, Word, StringComparison.OrdinalIgnoreCase))
        {
            value = 0;
            return true;
        }

        return _integer.TryParse(text, out value);
    }

    public override string Format(int value) => value == 0 ? Word : _integer.Format(value);
}
