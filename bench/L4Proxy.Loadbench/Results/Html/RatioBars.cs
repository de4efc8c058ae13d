using System.Globalization;
using System.Xml.Linq;
using L4Proxy.Loadbench.Results.Analysis;
using L4Proxy.Loadbench.Results.Reports;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>Figures of a scenario as bars relative to those of one peer, with the range over the rounds as whiskers.</summary>
internal sealed class RatioBars
{
    private const double Width = 520;
    private const double Left = 128;
    private const double Right = 62;
    private const double BarHeight = 13;
    private const double BarStep = 18;
    private const double GroupHead = 24;
    private const double Foot = 26;

    /// <summary>Longer bars are cut, so that one outlier does not flatten the rest.</summary>
    private const double LongestRatio = 4;
    private const double LongestLabel = 17;

    private readonly ScenarioAnalysis _scenario;
    private readonly string _peer;
    private readonly List<XElement> _parts = [];
    private double _most;
    private double _y;

    private RatioBars(ScenarioAnalysis scenario, string peer)
    {
        _scenario = scenario;
        _peer = peer;
    }

    /// <summary>Null where nothing can be compared with that peer.</summary>
    public static XElement? Draw(ScenarioAnalysis scenario, string peer) => new RatioBars(scenario, peer).Draw();

    private XElement? Draw()
    {
        var groups = (
            from metric in _scenario.Compared
            let bars = (
                from subject in _scenario.Subjects
                where subject != _peer
                let ratio = _scenario.Ratio(metric, subject, _peer)
                where ratio is not null
                select (Subject: subject, Ratio: ratio.Value)).ToArray()
            where bars.Length > 0
            select (Metric: metric, Bars: bars)).ToArray();
        if (groups.Length == 0)
        {
            return null;
        }

        _most = Math.Clamp(groups.Max(g => g.Bars.Max(b => b.Ratio.Most)) * 1.05, 1.25, LongestRatio);
        double height = groups.Sum(g => GroupHead + (g.Bars.Length * BarStep)) + Foot;
        DrawAxis(height - Foot);
        foreach ((Metric metric, (string Subject, Spread Ratio)[] bars) in groups)
        {
            DrawHead(metric);
            foreach ((string subject, Spread ratio) in bars)
            {
                DrawBar(subject, ratio);
            }
        }

        // The line of the peer is above the bars.
        _parts.Add(Svg.Line("one", X(1), 4, X(1), height - Foot));
        return Svg.Drawing(Width, height, $"{_scenario.Summary.Name}: ratios to {_peer}", _parts);
    }

    private void DrawAxis(double bottom)
    {
        double step = _most <= 1.6 ? 0.25 : _most <= 2.5 ? 0.5 : 1;
        for (double tick = 0; tick <= _most; tick += step)
        {
            _parts.Add(Svg.Line("grid", X(tick), 4, X(tick), bottom));
            _parts.Add(Svg.Label("tick", X(tick), bottom + 15, "middle", tick.ToString("0.##", CultureInfo.InvariantCulture)));
        }
    }

    private void DrawHead(Metric metric)
    {
        _y += GroupHead;
        string better = metric.LessIsBetter ? "less is better" : "more is better";
        _parts.Add(Svg.Label("group", 0, _y - 7, "start", $"{metric.Name} ({better})"));
    }

    private void DrawBar(string subject, Spread ratio)
    {
        double middle = _y + (BarHeight / 2);
        string name = subject.Length > LongestLabel ? $"{subject[..(int)(LongestLabel - 1)]}…" : subject;
        _parts.Add(Svg.Label("name", Left - 8, middle + 4, "end", name));
        _parts.Add(Svg.Box($"bar {SubjectStyles.Of(_scenario, subject)}", Left, _y, X(Math.Min(ratio.Median, _most)) - Left, BarHeight));
        if (ratio.Least < _most)
        {
            _parts.Add(Svg.Line("whisker", X(ratio.Least), middle, X(Math.Min(ratio.Most, _most)), middle));
            _parts.Add(Svg.Line("whisker", X(ratio.Least), middle - 3, X(ratio.Least), middle + 3));
        }

        if (ratio.Most <= _most)
        {
            _parts.Add(Svg.Line("whisker", X(ratio.Most), middle - 3, X(ratio.Most), middle + 3));
        }

        string beyond = ratio.Median > _most ? " ▸" : "";
        _parts.Add(Svg.Label("value", Width, middle + 4, "end", $"{FigureText.Ratio(ratio.Median)}{beyond}"));
        _y += BarStep;
    }

    private double X(double ratio) => Left + (ratio / _most * (Width - Left - Right));
}
