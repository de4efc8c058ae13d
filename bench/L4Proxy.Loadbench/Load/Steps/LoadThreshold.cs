using System.Globalization;
using System.Text.RegularExpressions;

namespace L4Proxy.Loadbench.Load.Steps;

/// <summary>A bound on one figure of a step, such as <c>p99 &lt; 20ms</c>.</summary>
internal sealed partial class LoadThreshold
{
    /// <summary>What a user may write.</summary>
    public const string Grammar =
        "FIGURE OPERATOR VALUE: p50, p90, p99, p99.9, max, mean (us, ms, s), errors (a number, or % of operations), rate (per second, or % of " +
        "what is asked); <, <=, ==, >=, >";

    private readonly string _figure;
    private readonly string _operator;
    private readonly double _value;
    private readonly string _unit;

    private LoadThreshold(string text, Match match)
    {
        Text = text;
        _figure = match.Groups["figure"].Value;
        _operator = match.Groups["operator"].Value;
        _value = double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
        _unit = match.Groups["unit"].Value;
    }

    /// <summary>As the user wrote it.</summary>
    public string Text { get; }

    /// <summary>Reads a threshold; null where it is none.</summary>
    public static LoadThreshold? Parse(string text)
    {
        Match match = Pattern().Match(text);
        return match.Success ? new LoadThreshold(text, match) : null;
    }

    /// <summary>
    /// Whether the figures of a step are within the bound. None is where nothing was completed: a service that never answers has no latency, and
    /// perhaps no errors yet.
    /// </summary>
    public bool Holds(LoadResult result)
    {
        double? figure = result.Operations == 0 ? null : FigureOf(result);
        return figure is { } value && _operator switch
        {
            "<" => value < _value,
            "<=" => value <= _value,
            "==" => value == _value,
            ">=" => value >= _value,
            _ => value > _value,
        };
    }

    private double? FigureOf(LoadResult result)
    {
        switch (_figure)
        {
            case "errors":
                long errors = result.Errors.Values.Sum();
                return _unit == "%" ? 100.0 * errors / Math.Max(1, errors + result.Operations) : errors;
            case "rate":
                return result.Kind == LoadKind.Hold ? null
                    : _unit != "%" ? result.OperationsPerSecond
                    : result.AskedRate is { } asked ? 100 * result.OperationsPerSecond / asked : null;
        }

        LatencyHistogram latency = result.Response ?? result.Service;
        if (latency.Count == 0)
        {
            return null;
        }

        TimeSpan time = _figure switch
        {
            "max" => latency.Longest,
            "mean" => latency.Mean,
            _ => latency.Quantile(double.Parse(_figure.AsSpan(1), CultureInfo.InvariantCulture) / 100),
        };
        return _unit switch
        {
            "us" => time.TotalMicroseconds,
            "ms" => time.TotalMilliseconds,
            _ => time.TotalSeconds,
        };
    }

    [GeneratedRegex(
        """
        ^\s*( (?<figure>p50|p90|p99|p99\.9|max|mean)\s*(?<operator><=|>=|==|<|>)\s*(?<value>[0-9]+(\.[0-9]+)?)\s*(?<unit>us|ms|s)
            | (?<figure>errors|rate)\s*(?<operator><=|>=|==|<|>)\s*(?<value>[0-9]+(\.[0-9]+)?)\s*(?<unit>%?) )\s*$
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
