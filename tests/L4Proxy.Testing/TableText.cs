using System.Text;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Testing;

/// <summary>A table as text that golden files can hold: one line for each thing, only what differs from the defaults.</summary>
public static class TableText
{
    public static string Render(ServiceTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        StringBuilder text = new();
        foreach (ServiceEntry entry in table.Services)
        {
            text.Append(entry.Key).Append('\n');
            RenderOptions(entry.Options, text);
            foreach (FrontendEntry frontend in entry.Frontends)
            {
                text.Append("  listen ").Append(frontend.Address).Append(' ').Append(frontend.Kind).Append('\n');
            }

            foreach (EndpointEntry endpoint in entry.Endpoints)
            {
                RenderEndpoint(endpoint, text);
            }
        }

        return text.ToString();
    }

    private static void RenderOptions(ServiceOptions options, StringBuilder text)
    {
        if (options.Affinity.Kind != AffinityKind.None)
        {
            text.Append("  affinity ").Append(options.Affinity.Kind).Append(' ').Append(options.Affinity.Timeout.TotalSeconds).Append("s\n");
        }

        foreach (ServiceSetting setting in ServiceSettings.All)
        {
            string value = setting.Format(options);
            if (value != setting.Format(ServiceOptions.Default))
            {
                text.Append("  ").Append(setting.Name).Append(' ').Append(value).Append('\n');
            }
        }
    }

    private static void RenderEndpoint(EndpointEntry endpoint, StringBuilder text)
    {
        text.Append(endpoint.Usable ? "  -> " : "  -- ").Append(endpoint.Address);
        Append(text, !endpoint.Ready, "not-ready");
        Append(text, !endpoint.Serving, "not-serving");
        Append(text, endpoint.Terminating, "terminating");
        Append(text, endpoint.Weight != 1, $"weight={endpoint.Weight}");
        Append(text, endpoint.NodeName is not null, $"node={endpoint.NodeName}");
        Append(text, endpoint.Zone is not null, $"zone={endpoint.Zone}");
        Append(text, endpoint.TargetName is not null, $"target={endpoint.TargetName}");
        text.Append('\n');
    }

    private static void Append(StringBuilder text, bool when, string what)
    {
        if (when)
        {
            text.Append(' ').Append(what);
        }
    }
}
