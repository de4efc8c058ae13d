using System.Globalization;
using L4Proxy.ControlPlane.Translation;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>A range of ports; null stands for any free port.</summary>
public sealed class PortRangeFormat : ValueFormat<PortRange?>
{
    private const string Any = "any";

    public override string Allowed => "two ports from 1 to 65535 such as 40000-49999, or any (any free port)";

    public override bool TryParse(string text, out PortRange? value)
    {
        ArgumentNullException.ThrowIfNull(text);
        value = null;
        if (text == Any)
        {
            return true;
        }

        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !TryPort(text.AsSpan(0, dash), out int first) || !TryPort(text.AsSpan(dash + 1), out int last) || last < first)
        {
            return false;
        }

        value = new PortRange(first, last);
        return true;
    }

    public override string Format(PortRange? value) => value?.ToString() ?? Any;

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;
}
