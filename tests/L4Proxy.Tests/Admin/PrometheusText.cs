using System.Globalization;
using System.Text;
using Xunit;

namespace L4Proxy.Tests.Admin;

/// <summary>Reads Prometheus' text format 0.0.4 as strictly as it is written down: every violation fails the test.</summary>
internal sealed class PrometheusText
{
    /// <summary>Families by name, with their type.</summary>
    public Dictionary<string, string> Types { get; } = [];

    public Dictionary<string, string> Helps { get; } = [];

    /// <summary>Series in the form <c>name{label=value,...}</c>, values not escaped.</summary>
    public Dictionary<string, double> Series { get; } = [];

    public static PrometheusText Parse(string text)
    {
        PrometheusText parsed = new();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        string family = "";
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                string[] parts = line.Split(' ', 4);
                parsed.Helps.Add(parts[2], parts[3]);
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] parts = line.Split(' ');
                Assert.True(parts[3] is "counter" or "gauge" or "histogram", line);
                family = parts[2];
                parsed.Types.Add(family, parts[3]);
            }
            else
            {
                parsed.ReadSeries(line, family);
            }
        }

        return parsed;
    }

    public double this[string series] => Series.TryGetValue(series, out double value) ? value
        : throw new KeyNotFoundException($"no {series}; there is {string.Join(", ", Series.Keys.Where(k => k.Split('{')[0] == series.Split('{')[0]))}");

    private void ReadSeries(string line, string family)
    {
        int at = line.IndexOfAny(['{', ' ']);
        string name = line[..at];
        Assert.Matches("^[a-zA-Z_:][a-zA-Z0-9_:]*$", name);
        Assert.True(name == family || (Types[family] == "histogram" && name.StartsWith(family, StringComparison.Ordinal)), $"{name} in {family}");
        List<string> labels = [];
        if (line[at] == '{')
        {
            at = ReadLabels(line, at + 1, labels);
        }

        Assert.Equal(' ', line[at]);
        string value = line[(at + 1)..];
        double number = value == "+Inf" ? double.PositiveInfinity : double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
        Series.Add(labels.Count == 0 ? name : $"{name}{{{string.Join(',', labels)}}}", number);
    }

    private static int ReadLabels(string line, int at, List<string> labels)
    {
        while (true)
        {
            int equals = line.IndexOf('=', at);
            string label = line[at..equals];
            Assert.Matches("^[a-zA-Z_][a-zA-Z0-9_]*$", label);
            Assert.Equal('"', line[equals + 1]);
            StringBuilder value = new();
            for (at = equals + 2; line[at] != '"'; at++)
            {
                if (line[at] == '\\')
                {
                    at++;
                    value.Append(line[at] switch { 'n' => '\n', '\\' => '\\', '"' => '"', _ => throw new FormatException(line) });
                }
                else
                {
                    value.Append(line[at]);
                }
            }

            labels.Add($"{label}={value}");
            at++;
            if (line[at] == '}')
            {
                return at + 1;
            }

            Assert.Equal(',', line[at]);
            at++;
        }
    }
}
