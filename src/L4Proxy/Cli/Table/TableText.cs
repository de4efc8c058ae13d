using System.Globalization;
using System.Net;
using System.Text;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;
using L4Proxy.Options;

namespace L4Proxy.Cli.Table;

/// <summary>The table for people: a block for each Service port, plain text for any width from 80 columns.</summary>
internal static class TableText
{
    private const int LabelWidth = 11;

    public static string Write(SourceSnapshot snapshot, ServiceOptions defaults)
    {
        StringBuilder text = new();
        foreach (ServiceEntry entry in snapshot.Table.Services)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(Printable.Of(entry.Key.ToString())).Append(Protocol(entry.Key)).Append('\n');
            WriteBlock(text, "listen", "nowhere", [.. entry.Frontends.SelectMany(FrontendAddress.Of).Select(Frontend)]);
            WriteBlock(text, "policy", "", [[Policy(entry.Options)]]);
            WriteBlock(text, "settings", null, [.. Differences(entry.Options, defaults)]);
            WriteBlock(text, "endpoints", "none: clients are refused", [.. entry.Endpoints.Select(Endpoint)]);
        }

        if (snapshot.Table.Services.IsEmpty)
        {
            text.Append("No Service port to serve.\n");
        }

        if (!snapshot.HealthChecks.IsEmpty)
        {
            text.Append("\nhealth checks of load balancers\n");
            WriteBlock(text, "ports", null, [.. snapshot.HealthChecks.Select(HealthCheck)]);
        }

        return text.ToString();
    }

    /// <summary>Nothing for what nearly all ports are.</summary>
    private static string Protocol(ServicePortKey key) =>
        key.Protocol == ServiceProtocol.Tcp ? "" : $" ({TableWords.Protocols.Format(key.Protocol)})";

    private static string[] HealthCheck(HealthCheckNodePort check) =>
        [check.Port.ToString(CultureInfo.InvariantCulture), $"{check.Namespace}/{check.Name}", $"local endpoints: {check.LocalEndpoints}"];

    private static string[] Frontend(FrontendAddress frontend)
    {
        FrontendEntry entry = frontend.Frontend;
        string scopes = (entry.FromInside, entry.FromOutside) switch
        {
            (EndpointScope.Local, _) => "local endpoints",
            (_, EndpointScope.Local) => "local endpoints from outside",
            _ => "",
        };
        string sources = entry.AllowedSources.IsEmpty ? "" : $"only from {entry.AllowedSources}";
        string[] about = [At(frontend), scopes, sources];
        return [frontend.Address.ToString(), TableWords.FrontendKinds.Format(frontend.Kind), string.Join(", ", about.Where(a => a.Length > 0))];
    }

    /// <summary>Where a frontend listens that is known by another address.</summary>
    private static string At(FrontendAddress frontend)
    {
        IPEndPoint listen = frontend.Frontend.Address;
        return listen.Equals(frontend.Address) ? ""
            : listen.Port == 0 ? $"at a free port of {listen.Address}"
            : $"at {listen}";
    }

    private static string Policy(ServiceOptions options)
    {
        string affinity = ValueFormats.Affinity.Format(options.Affinity.Kind);
        string timeout = options.Affinity.Kind == AffinityKind.None ? "" : $" for {Duration.Format(options.Affinity.Timeout)}";
        return $"{ValueFormats.Balance.Format(options.Balance)}, affinity {affinity}{timeout}";
    }

    /// <summary>Settings that annotations changed; the balance method is in the line of the policy.</summary>
    private static IEnumerable<string[]> Differences(ServiceOptions options, ServiceOptions defaults) =>
        from setting in ServiceSettings.All
        let value = setting.Format(options)
        where value != setting.Format(defaults) && setting.Name != "balance"
        select new[] { setting.Name, value };

    private static string[] Endpoint(EndpointEntry endpoint)
    {
        string weight = endpoint.Weight == 1 ? "" : $"weight {endpoint.Weight}";
        string[] about = [weight, endpoint.TargetName ?? "", endpoint.NodeName ?? "", endpoint.Zone ?? ""];
        return [endpoint.Address.ToString(), Conditions(endpoint), string.Join(", ", about.Where(a => a.Length > 0))];
    }

    private static string Conditions(EndpointEntry endpoint)
    {
        string conditions = endpoint switch
        {
            { Terminating: true, Serving: true } => "terminating, serving",
            { Terminating: true } => "terminating",
            { Ready: true } => "ready",
            _ => "not ready",
        };
        return (endpoint.Usable, endpoint.UsableLocally) switch
        {
            (_, true) => $"{conditions}, local",
            (false, false) => $"{conditions}, unused",
            _ => conditions,
        };
    }

    /// <summary>A label, and its rows with aligned columns to the right of it.</summary>
    private static void WriteBlock(StringBuilder text, string label, string? empty, string[][] rows)
    {
        if (rows.Length == 0)
        {
            if (empty is not null)
            {
                text.Append("  ").Append(label.PadRight(LabelWidth)).Append(empty).Append('\n');
            }

            return;
        }

        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        for (int i = 0; i < rows.Length; i++)
        {
            string cells = string.Join("  ", rows[i].Select((cell, column) => Printable.Of(cell).PadRight(widths[column])));
            text.Append("  ").Append((i == 0 ? label : "").PadRight(LabelWidth)).Append(cells.TrimEnd()).Append('\n');
        }
    }
}
