using System.Globalization;
using System.Text;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>
/// Durations as people write them. Grammar: <c>"0" | [INT "d"] [INT "h"] [INT "m"] [INT "s"] [INT "ms"]</c> with at
/// least one part, largest unit first, each unit once, INT a decimal number without sign. A number without a unit
/// is refused, because tools disagree on whether it means seconds or milliseconds.
/// </summary>
public static class Duration
{
    // ~11,000 years; far beyond every range, and no sum of parts below it overflows.
    private const long MaxMilliseconds = 1L << 48;

    private static readonly (string Suffix, long Milliseconds)[] s_units =
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text is "0")
        {
            return true;
        }

        long total = 0;
        int nextUnit = 0;
        while (!text.IsEmpty)
        {
            if (!TryTakePart(ref text, ref nextUnit, out long part) || (total += part) > MaxMilliseconds)
            {
                return false;
            }
        }

        value = TimeSpan.FromMilliseconds(total);
        return nextUnit > 0;
    }

    /// <summary>The shortest spelling; what is below a millisecond is left out, a negative duration is zero.</summary>
    public static string Format(TimeSpan value)
    {
        long rest = value.Ticks / TimeSpan.TicksPerMillisecond;
        if (rest <= 0)
        {
            return "0";
        }

        StringBuilder text = new();
        foreach ((string suffix, long milliseconds) in s_units)
        {
            long count = rest / milliseconds;
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{suffix}");
                rest -= count * milliseconds;
            }
        }

        return text.ToString();
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> text, ref int nextUnit, out long milliseconds)
    {
        milliseconds = 0;
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            return false;
        }

        ReadOnlySpan<char> afterNumber = text[digits..];
        int letters = afterNumber.IndexOfAnyInRange('0', '9');
        ReadOnlySpan<char> suffix = letters < 0 ? afterNumber : afterNumber[..letters];
        for (int unit = nextUnit; unit < s_units.Length; unit++)
        {
            if (suffix.SequenceEqual(s_units[unit].Suffix) && count <= MaxMilliseconds / s_units[unit].Milliseconds)
            {
                milliseconds = count * s_units[unit].Milliseconds;
                nextUnit = unit + 1;
                text = afterNumber[suffix.Length..];
                return true;
            }
        }

        return false;
    }
}
