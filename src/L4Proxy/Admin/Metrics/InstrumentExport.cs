using System.Diagnostics.Metrics;

namespace L4Proxy.Admin.Metrics;

/// <summary>
/// Writes one observable instrument. It has a listener of its own, because a listener collects all of its instruments in one go:
/// with one each, what an instrument gave has left before the next is asked.
/// </summary>
internal sealed class InstrumentExport : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener;
    private readonly Instrument _instrument;
    private readonly string _name;
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);
    private PrometheusWriter? _writer;

    public InstrumentExport(Instrument instrument)
    {
        _instrument = instrument;
        _name = InstrumentNames.Metric(instrument);
        _listener = new MeterListener();
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => Series(tags).Value(value));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, _) => Series(tags).Value(value));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, _) => Series(tags).Value(value));
        _listener.EnableMeasurementEvents(instrument);
    }

    public string Name => _name;

    /// <summary>Collects and writes; others that write the same instrument wait.</summary>
    public void Write(PrometheusWriter writer)
    {
        lock (_gate)
        {
            writer.Head(_name, InstrumentNames.IsCounter(_instrument) ? "counter" : "gauge", _instrument.Description ?? "");
            _writer = writer;
            _listener.RecordObservableInstruments();
            _writer = null;
        }
    }

    public void Dispose() => _listener.Dispose();

    private PrometheusWriter Series(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        PrometheusWriter series = _writer!.Series();
        foreach ((string tag, object? value) in tags)
        {
            if (!_labels.TryGetValue(tag, out string? label))
            {
                _labels.Add(tag, label = InstrumentNames.Label(tag));
            }

            series.Label(label, value as string ?? value?.ToString() ?? "");
        }

        return series;
    }
}
