using L4Proxy.ControlPlane.Settings;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>One Service port in the table's JSON.</summary>
/// <param name="Namespace">Namespace of the Service.</param>
/// <param name="Name">Name of the Service.</param>
/// <param name="Port">Name of the port; empty when it has none.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="Balance">Policy, as setting <c>balance</c> spells it.</param>
/// <param name="Affinity"><c>none</c> or <c>client-ip</c>.</param>
/// <param name="AffinityTimeoutSeconds">Null without affinity.</param>
/// <param name="Frontends">By which addresses clients know it.</param>
/// <param name="Endpoints">Where its connections would go, those that get none included.</param>
/// <param name="Settings">Every setting in force, by its name as annotation.</param>
internal sealed record TableService(
    string Namespace,
    string Name,
    string Port,
    string Protocol,
    string Balance,
    string Affinity,
    long? AffinityTimeoutSeconds,
    TableFrontend[] Frontends,
    TableEndpoint[] Endpoints,
    Dictionary<string, string> Settings)
{
    public static TableService From(ServiceEntry entry, ClientNetworks clients) => new(
        entry.Key.Namespace,
        entry.Key.Name,
        entry.Key.Port,
        TableWords.Protocols.Format(entry.Key.Protocol),
        ValueFormats.Balance.Format(entry.Options.Balance),
        ValueFormats.Affinity.Format(entry.Options.Affinity.Kind),
        entry.Options.Affinity.Kind == AffinityKind.None ? null : (long)entry.Options.Affinity.Timeout.TotalSeconds,
        [.. entry.Frontends.SelectMany(FrontendAddress.Of).Select(f => TableFrontend.From(entry, f, clients))],
        [.. entry.Endpoints.Select(TableEndpoint.From)],
        ServiceSettings.All.ToDictionary(s => s.Name, s => s.Format(entry.Options), StringComparer.Ordinal));
}
