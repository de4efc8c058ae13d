using System.Globalization;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>A decimal integer in a range that is not below 0, without sign, spaces or separators.</summary>
public sealed class IntegerFormat : ValueFormat<int>
{
    private readonly int _min;
    private readonly int _max;

    /// <summary>A range of integers.</summary>
    /// <param name="min">The least value, 0 included.</param>
    /// <param name="max">The greatest value.</param>
    /// <param name="zero">What 0 means, in a few words; null when 0 is a number like others, or not allowed.</param>
    public IntegerFormat(int min, int max, string? zero = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(min);
        _min = min;
        _max = max;
        Allowed = zero is null ? $"an integer from {min} to {max}" : $"an integer from {min + 1} to {max}, or 0 ({zero})";
    }

    public override string Allowed { get; }

    public override bool TryParse(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= _min && value <= _max;

    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
}
