using System.Text;
using System.Text.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>What an exec plugin is told in KUBERNETES_EXEC_INFO.</summary>
internal static class ExecInfo
{
    public static string Write(ExecPlugin plugin)
    {
        using MemoryStream content = new();
        using (Utf8JsonWriter writer = new(content))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", "ExecCredential");
            writer.WriteString("apiVersion", plugin.ApiVersion);
            writer.WriteStartObject("spec");
            if (plugin.ClusterInfo is { } cluster)
            {
                writer.WritePropertyName("cluster");
                writer.WriteRawValue(cluster);
            }

            writer.WriteBoolean("interactive", false);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(content.ToArray());
    }
}
