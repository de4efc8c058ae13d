namespace L4Proxy.Admin.Metrics;

/// <summary>Writes one metric family with all its series.</summary>
internal delegate void MetricFamily(PrometheusWriter writer);
