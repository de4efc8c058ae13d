using System.Diagnostics.Metrics;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.Admin.Metrics;

/// <summary>Exports the proxy's own meter. All of its instruments are observable (docs/metrics.md).</summary>
internal sealed class MeterExport : IMetricSource, IDisposable
{
    /// <summary>Instruments with a series for each endpoint have names that start so.</summary>
    private const string EndpointPrefix = "l4proxy.endpoint.";

    private readonly MeterListener _listener = new();
    private readonly List<InstrumentExport> _exports = [];

    /// <param name="meters">The factory whose meter it is; two proxies in a process have one each.</param>
    /// <param name="endpointSeries">Whether to export what has a series for each endpoint.</param>
    public MeterExport(IMeterFactory meters, bool endpointSeries)
    {
        _listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == ProxyMetrics.MeterName && instrument.Meter.Scope == meters && instrument.IsObservable
                && (endpointSeries || !instrument.Name.StartsWith(EndpointPrefix, StringComparison.Ordinal)))
            {
                lock (_exports)
                {
                    _exports.Add(new InstrumentExport(instrument));
                    _exports.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
                }
            }
        };
        _listener.Start();
    }

    public IEnumerable<MetricFamily> Collect()
    {
        InstrumentExport[] exports;
        lock (_exports)
        {
            exports = [.. _exports];
        }

        return exports.Select<InstrumentExport, MetricFamily>(e => e.Write);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_exports)
        {
            _exports.ForEach(e => e.Dispose());
        }
    }
}
