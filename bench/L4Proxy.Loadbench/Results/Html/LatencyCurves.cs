using System.Xml.Linq;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Reports;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>
/// Latency by quantile, a curve for each proxy, both axes logarithmic: of all rounds together or, where they were not kept, medians of the four
/// quantiles that are named.
/// </summary>
internal sealed class LatencyCurves
{
    private const double Width = 520;
    private const double Height = 300;
    private const double Left = 62;
    private const double Right = 16;
    private const double Top = 10;
    private const double Bottom = 40;

    private static readonly (string Name, double Share, Func<LatencySummary, double> Of)[] s_quantiles =
    [
        ("p50", 0.5, l => l.P50),
        ("p90", 0.9, l => l.P90),
        ("p99", 0.99, l => l.P99),
        ("p99.9", 0.999, l => l.P999),
    ];

    /// <summary>Points between two powers of ten of the share that is longer.</summary>
    private const int PointsPerNine = 10;

    private readonly List<XElement> _parts = [];
    private readonly double _least;
    private readonly double _most;

    private LatencyCurves(double least, double most)
    {
        // Some room, and never an empty axis.
        _least = Math.Log10(least) - 0.05;
        _most = Math.Max(Math.Log10(most) + 0.05, _least + 0.5);
    }

    /// <summary>Null where there are no latencies.</summary>
    /// <param name="scenario">What is drawn.</param>
    /// <param name="title">Which latencies these are.</param>
    /// <param name="of">Those latencies of a sample.</param>
    public static XElement? Draw(ScenarioAnalysis scenario, string title, Func<Sample, LatencySummary?> of)
    {
        var curves = (
            from subject in scenario.Subjects
            let points = scenario.LatenciesOf(subject, of) is { } all ? PointsOf(all) : PointsOf(scenario.SamplesOf(subject), of)
            where points.Length > 0
            select (Style: SubjectStyles.Of(scenario, subject), Points: points)).ToArray();
        if (curves.Length == 0)
        {
            return null;
        }

        double[] all = [.. curves.SelectMany(c => c.Points).Select(p => p.Microseconds)];
        LatencyCurves plot = new(all.Min(), all.Max());
        plot.DrawAxes();
        foreach ((string style, (double Share, double Microseconds)[] points) in curves)
        {
            plot._parts.Add(Svg.Path($"curve {style}", points.Select(p => (X(p.Share), plot.Y(p.Microseconds)))));
            plot._parts.AddRange(points.Where(p => Array.Exists(s_quantiles, q => q.Share == p.Share)).Select(p => Svg.Dot($"dot {style}", X(p.Share), plot.Y(p.Microseconds))));
        }

        return Svg.Drawing(Width, Height, $"{scenario.Summary.Name}: {title}", plot._parts);
    }

    private static (double Share, double Microseconds)[] PointsOf(LatencyCounts counts)
    {
        double first = Nines(s_quantiles[0].Share);
        double last = Nines(s_quantiles[^1].Share);
        int between = (int)((last - first) * PointsPerNine);
        IEnumerable<double> shares = Enumerable.Range(1, between).Select(i => 1 - Math.Pow(10, -(first + (i * (last - first) / (between + 1)))));
        return
        [
            .. from share in shares.Concat(s_quantiles.Select(q => q.Share)).Order()
               let microseconds = counts.Quantile(share)
               where microseconds > 0
               select (share, microseconds),
        ];
    }

    /// <summary>A logarithmic axis has no place for 0.</summary>
    private static (double Share, double Microseconds)[] PointsOf(IEnumerable<Sample> samples, Func<Sample, LatencySummary?> of) =>
    [
        .. from quantile in s_quantiles
           let figure = Spread.Of(samples.Select(s => of(s) is { } latency ? quantile.Of(latency) : (double?)null))
           where figure is { Median: > 0 }
           select (quantile.Share, figure.Value.Median),
    ];

    private void DrawAxes()
    {
        foreach ((string name, double share, _) in s_quantiles)
        {
            _parts.Add(Svg.Line("grid", X(share), Top, X(share), Height - Bottom));
            _parts.Add(Svg.Label("tick", X(share), Height - Bottom + 17, "middle", name));
        }

        foreach (double tick in Ticks())
        {
            _parts.Add(Svg.Line("grid", Left, Y(tick), Width - Right, Y(tick)));
            _parts.Add(Svg.Label("tick", Left - 8, Y(tick) + 4, "end", Duration(tick)));
        }
    }

    /// <summary>1, 2 and 5 of each decade; only 1 where that would be many.</summary>
    private IEnumerable<double> Ticks()
    {
        double[] steps = _most - _least > 2.5 ? [1] : [1, 2, 5];
        for (int decade = (int)Math.Floor(_least); decade <= _most; decade++)
        {
            foreach (double tick in steps.Select(s => s * Math.Pow(10, decade)).Where(t => Math.Log10(t) >= _least && Math.Log10(t) <= _most))
            {
                yield return tick;
            }
        }
    }

    private static string Duration(double microseconds) => microseconds switch
    {
        >= 1e6 => $"{Short(microseconds / 1e6)} s",
        >= 1e3 => $"{Short(microseconds / 1e3)} ms",
        _ => $"{Short(microseconds)} us",
    };

    private static string Short(double figure) => figure >= 1 ? FigureText.Whole(figure) : FigureText.Of(figure);

    /// <summary>As many nines, as far to the right.</summary>
    private static double X(double share)
    {
        double first = Nines(s_quantiles[0].Share);
        double last = Nines(s_quantiles[^1].Share);
        return Left + 18 + ((Nines(share) - first) / (last - first) * (Width - Left - Right - 36));
    }

    private static double Nines(double share) => -Math.Log10(1 - share);

    private double Y(double microseconds) => Top + ((_most - Math.Log10(microseconds)) / (_most - _least) * (Height - Top - Bottom));
}
