using System.Diagnostics.Metrics;

namespace L4Proxy.Admin.Metrics;

/// <summary>
/// Names of instruments in Prometheus' form, by the rules of OpenTelemetry's compatibility specification: dots become
/// underscores, the unit is a suffix, counters end in <c>_total</c>.
/// </summary>
internal static class InstrumentNames
{
    private const string OwnPrefix = "l4proxy.";

    public static bool IsCounter(Instrument instrument) =>
        instrument is ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double>;

    /// <summary>Such as <c>l4proxy_io_received_bytes_total</c>.</summary>
    public static string Metric(Instrument instrument)
    {
        string unit = instrument.Unit switch
        {
            "By" => "_bytes",
            "s" => "_seconds",
            _ => "",
        };
        return Underscored(instrument.Name) + unit + (IsCounter(instrument) ? "_total" : "");
    }

    /// <summary>The tag without the prefix that all of them have: the metric's name has it already.</summary>
    public static string Label(string tag) => Underscored(tag.StartsWith(OwnPrefix, StringComparison.Ordinal) ? tag[OwnPrefix.Length..] : tag);

    private static string Underscored(string name) => name.Replace('.', '_');
}
