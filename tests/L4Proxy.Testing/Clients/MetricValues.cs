using System.Globalization;

namespace L4Proxy.Testing.Clients;

/// <summary>The series of an answer to <c>/metrics</c>.</summary>
public sealed class MetricValues
{
    private readonly List<(string Name, string Labels, double Value)> _series;

    private MetricValues(List<(string Name, string Labels, double Value)> series) => _series = series;

    /// <summary>Reads Prometheus' text format 0.0.4.</summary>
    public static MetricValues Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<(string, string, double)> series = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#'))
        {
            int value = line.LastIndexOf(' ');
            int labels = line.IndexOf('{', StringComparison.Ordinal);
            string number = line[(value + 1)..];
            series.Add((
                line[..(labels < 0 ? value : labels)],
                labels < 0 ? "" : line[labels..value],
                number == "+Inf" ? double.PositiveInfinity : double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)));
        }

        return new MetricValues(series);
    }

    /// <summary>The sum of all series of a name, or of those with a text such as <c>reason="PR"</c> in their labels.</summary>
    public double Sum(string name, string label = "") =>
        _series.Where(s => s.Name == name && s.Labels.Contains(label, StringComparison.Ordinal)).Sum(s => s.Value);

    public bool Has(string name) => _series.Exists(s => s.Name == name);
}
