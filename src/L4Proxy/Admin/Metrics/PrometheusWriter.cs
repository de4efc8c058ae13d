using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace L4Proxy.Admin.Metrics;

/// <summary>
/// Writes Prometheus' text format 0.0.4. Lines go straight into the output's memory: a scrape of ten thousand Services makes no
/// string of them.
/// </summary>
/// <param name="output">Where to.</param>
internal sealed class PrometheusWriter(IBufferWriter<byte> output)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly SearchValues<char> s_escaped = SearchValues.Create("\\\"\n");

    private string _name = "";
    private bool _labels;

    /// <summary>Starts a family: <c>counter</c>, <c>gauge</c> or <c>histogram</c>.</summary>
    public void Head(string name, string type, string help)
    {
        _name = name;
        Raw("# HELP ");
        Raw(name);
        Raw(" ");
        Escaped(help, quoted: false);
        Raw("\n# TYPE ");
        Raw(name);
        Raw(" ");
        Raw(type);
        Raw("\n");
    }

    /// <summary>Starts a series of the family; labels and a value follow.</summary>
    public PrometheusWriter Series(string suffix = "")
    {
        _labels = false;
        Raw(_name);
        Raw(suffix);
        return this;
    }

    public PrometheusWriter Label(string name, string value)
    {
        Raw(_labels ? "," : "{");
        _labels = true;
        Raw(name);
        Raw("=\"");
        Escaped(value, quoted: true);
        Raw("\"");
        return this;
    }

    public void Value(long value)
    {
        EndLabels();
        Span<byte> span = output.GetSpan(21);
        Utf8Formatter.TryFormat(value, span, out int written);
        output.Advance(written);
        Raw("\n");
    }

    public void Value(double value)
    {
        EndLabels();
        Raw(Text(value));
        Raw("\n");
    }

    /// <summary>A number as Go's ParseFloat reads it.</summary>
    public static string Text(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void EndLabels() => Raw(_labels ? "} " : " ");

    private void Escaped(string text, bool quoted)
    {
        if (!text.AsSpan().ContainsAny(s_escaped))
        {
            Raw(text);
            return;
        }

        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        Raw(quoted ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped);
    }

    private void Raw(string text)
    {
        Span<byte> span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}
