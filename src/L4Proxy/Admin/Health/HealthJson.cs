using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace L4Proxy.Admin.Health;

/// <summary>The bodies of kube-proxy v1.36, field by field and blank by blank.</summary>
internal static class HealthJson
{
    public const string ContentType = "application/json";

    private static readonly string[] s_families =
        [.. new[] { (Socket.OSSupportsIPv4, "IPv4"), (Socket.OSSupportsIPv6, "IPv6") }.Where(f => f.Item1).Select(f => f.Item2)];

    /// <summary>The body of <c>/healthz</c> and <c>/livez</c>.</summary>
    /// <param name="health">What is known.</param>
    /// <param name="now">Current time.</param>
    /// <param name="healthy">Whether the proxy as a whole is healthy.</param>
    /// <param name="ok">Whether the answer is 200: <c>lastUpdated</c> is then the current time, as it was when kube-proxy synced all the time.</param>
    /// <param name="withNode">Whether to say <c>nodeEligible</c>.</param>
    public static byte[] Proxy(NodeHealth health, DateTimeOffset now, bool healthy, bool ok, bool withNode)
    {
        StringBuilder text = new(320);
        text.Append("{\"lastUpdated\":").Append(Time(ok ? now : health.LastUpdated)).Append(",\"currentTime\":").Append(Time(now));
        if (withNode)
        {
            text.Append(",\"nodeEligible\":").Append(Bool(health.NodeEligible));
        }

        text.Append(",\"healthy\":").Append(Bool(healthy));
        if (health.LastUpdated is not null)
        {
            // One table holds both families, so they are healthy together.
            text.Append(",\"status\":{").AppendJoin(',', s_families.Select(f =>
                $"\"{f}\":{{\"lastUpdated\":{Time(health.LastUpdated)},\"healthy\":{Bool(health.Healthy)}}}")).Append('}');
        }

        return Encoding.UTF8.GetBytes(text.Append('}').ToString());
    }

    /// <summary>The body of a health check node port. Names of objects need no escaping: they are DNS labels.</summary>
    public static byte[] Service(string @namespace, string name, int localEndpoints, bool healthy) => Encoding.UTF8.GetBytes(
        "{\n\t\"service\": {\n\t\t\"namespace\": \"" + @namespace + "\",\n\t\t\"name\": \"" + name
        + "\"\n\t},\n\t\"localEndpoints\": " + localEndpoints.ToString(CultureInfo.InvariantCulture)
        + ",\n\t\"serviceProxyHealthy\": " + Bool(healthy) + "\n}");

    private static string Bool(bool value) => value ? "true" : "false";

    /// <summary>RFC 3339 as Go writes it: as many digits as needed, and its zero time for never.</summary>
    private static string Time(DateTimeOffset? time) =>
        $"\"{(time ?? default).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture)}\"";
}
