using System.Buffers;
using System.Text;
using L4Proxy.Admin.Metrics;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Admin;

public sealed class RulesMetricsTests
{
    private static readonly SourceSnapshot s_nothing = new(ServiceTable.Empty, []);

    [Fact]
    public void Collect_ModeIptables_HasTheRulesOfEachTableAsKubeProxy()
    {
        RulesMetrics metrics = new("iptables");
        metrics.Applied(s_nothing, full: true, TimeSpan.Zero, [new("IPv4", "filter", 15, 15), new("IPv4", "nat", 265, 265)]);
        metrics.Applied(s_nothing, full: false, TimeSpan.Zero, [new("IPv4", "filter", 15, 0), new("IPv4", "nat", 268, 5)]);

        string text = Write(metrics);

        Assert.Contains("kubeproxy_sync_proxy_rules_iptables_total{ip_family=\"IPv4\",table=\"nat\"} 268\n", text, StringComparison.Ordinal);
        Assert.Contains("kubeproxy_sync_proxy_rules_iptables_last{ip_family=\"IPv4\",table=\"filter\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("kubeproxy_sync_proxy_rules_iptables_restore_failures_total 0\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nftables")]
    [InlineData("ipvs")]
    [InlineData("capture-iptables")]
    public void Collect_OtherWays_HaveNoCountOfRules(string backend) =>
        Assert.DoesNotContain("iptables_total", Write(new RulesMetrics(backend)), StringComparison.Ordinal);

    private static string Write(RulesMetrics metrics)
    {
        ArrayBufferWriter<byte> output = new();
        PrometheusWriter writer = new(output);
        foreach (MetricFamily family in metrics.Collect())
        {
            family(writer);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
