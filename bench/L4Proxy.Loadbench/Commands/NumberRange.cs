using System.Globalization;

namespace L4Proxy.Loadbench.Commands;

/// <summary>Numbers that an option may have; NaN is in no range.</summary>
internal readonly record struct NumberRange(double Least, double Most)
{
    public bool Has(double number) => number >= Least && number <= Most;

    /// <summary>What is wrong with the value of an option, in one line; null when nothing is.</summary>
    /// <param name="option">Such as <c>--connections</c>.</param>
    /// <param name="number">Its value.</param>
    /// <param name="what">What the numbers are, where that has to be said, such as <c>seconds</c>.</param>
    public string? ErrorIn(string option, double number, string what = "a number") => Has(number) ? null : string.Create(
        CultureInfo.InvariantCulture, $"{option}: '{number}' is not allowed; allowed is {what} from {Least:0.###} to {Most:0.###}");
}
