namespace L4Proxy.Admin.Metrics;

/// <summary>Metrics that are written one after the other, so that what is written can leave before the next is collected.</summary>
internal interface IMetricSource
{
    /// <summary>Writes one metric family for each item that is taken.</summary>
    IEnumerable<MetricFamily> Collect();
}
