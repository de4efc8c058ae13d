using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.Admin.Metrics;
using Xunit;

namespace L4Proxy.Tests.Admin;

public sealed class PrometheusWriterTests
{
    [Fact]
    public void Label_AnyText_ComesBack() => Prop.ForAll<NonNull<string>>(text =>
    {
        // A lone surrogate has no UTF-8.
        string value = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        string line = Write(w => w.Series().Label("service", value).Label("b", "").Value(7));
        return PrometheusText.Parse(line).Series.Single() is { Value: 7 } series && series.Key == $"m{{service={value},b=}}";
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Help_WithLineBreakAndBackslash_IsOneLine()
    {
        ArrayBufferWriter<byte> output = new();
        new PrometheusWriter(output).Head("m", "gauge", "a\nb\\c \"d\"");
        Assert.Equal("# HELP m a\\nb\\\\c \"d\"\n# TYPE m gauge\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData(0.25, "0.25")]
    [InlineData(300, "300")]
    [InlineData(1795157372.377, "1795157372.377")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1e300, "1E+300")]
    public void Value_IsWhatGoReads(double value, string text) => Assert.EndsWith($"\nm {text}\n", Write(w => w.Series().Value(value)), StringComparison.Ordinal);

    [Fact]
    public void Histogram_BucketsAreCumulative_AndBoundsInclusive()
    {
        Histogram histogram = new([1, 2.5]);
        foreach (double value in new[] { 0, 1, 1.1, 2.5, 9 })
        {
            histogram.Observe(value);
        }

        PrometheusText text = PrometheusText.Parse(Write(w => histogram.Write(w, "h", "Help.")));
        Assert.Equal("histogram", text.Types["h"]);
        Assert.Equal(2, text["h_bucket{le=1}"]);
        Assert.Equal(4, text["h_bucket{le=2.5}"]);
        Assert.Equal(5, text["h_bucket{le=+Inf}"]);
        Assert.Equal(5, text["h_count"]);
        Assert.Equal(13.6, text["h_sum"], 6);
    }

    private static string Write(Action<PrometheusWriter> write)
    {
        ArrayBufferWriter<byte> output = new();
        PrometheusWriter writer = new(output);
        writer.Head("m", "gauge", "Help.");
        write(writer);
        return Encoding.UTF8.GetString(output.WrittenSpan)[(output.WrittenSpan.IndexOf("# HELP h"u8) is > 0 and int at ? at : 0)..];
    }
}
