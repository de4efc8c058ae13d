using System.Globalization;
using L4Proxy.Loadbench.Results.Analysis;

namespace L4Proxy.Loadbench.Results.Reports;

/// <summary>Figures as text, with three significant digits, or all digits before the point.</summary>
internal static class FigureText
{
    /// <summary>Stands where there is no figure.</summary>
    public const string None = "-";

    /// <summary>Without a space before the sign.</summary>
    private static readonly NumberFormatInfo s_percent = new() { PercentPositivePattern = 1 };

    public static string Of(double figure) => Math.Abs(figure) switch
    {
        0 => "0",
        < 0.001 => figure.ToString("0.0e-0", CultureInfo.InvariantCulture),
        < 1 => figure.ToString("0.000", CultureInfo.InvariantCulture),
        < 10 => figure.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => figure.ToString("0.0", CultureInfo.InvariantCulture),
        _ => figure.ToString("#,0", CultureInfo.InvariantCulture),
    };

    public static string Whole(double figure) => figure.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Ratio(double ratio) => ratio.ToString(Math.Abs(ratio) < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>Median, smallest and largest, relative distance of the quartiles; the median alone where there was one round.</summary>
    public static string Full(Spread? spread, Func<double, string> text) => spread switch
    {
        null => None,
        { Count: 1 } one => text(one.Median),
        { } s => $"{text(s.Median)} ({text(s.Least)}..{text(s.Most)}; {s.RelativeIqr.ToString("P0", s_percent)})",
    };

    /// <summary>Median and relative distance of the quartiles.</summary>
    public static string Short(Spread? spread, Func<double, string> text) => spread switch
    {
        null => None,
        { Count: 1 } one => text(one.Median),
        { } s => $"{text(s.Median)} ~{s.RelativeIqr.ToString("P0", s_percent)}",
    };

    /// <summary>Median, smallest and largest.</summary>
    public static string WithRange(Spread? spread, Func<double, string> text) => spread switch
    {
        null => None,
        { Count: 1 } one => text(one.Median),
        { } s => $"{text(s.Median)} ({text(s.Least)}..{text(s.Most)})",
    };
}
