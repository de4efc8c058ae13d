using System.Net;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>One address by which clients know a Service port, in the table's JSON.</summary>
/// <param name="Address">IP address that clients use.</param>
/// <param name="Port">Port that clients use.</param>
/// <param name="Kind">What the address is.</param>
/// <param name="Listen">Where it would listen: the same address, or a proxy port that stands for it.</param>
/// <param name="AllowedSources">Networks of the clients that are served; empty: all.</param>
/// <param name="Endpoints">Where new connections would go.</param>
internal sealed record TableFrontend(
    string Address,
    int Port,
    string Kind,
    TableListen Listen,
    string[] AllowedSources,
    TableClients Endpoints)
{
    public static TableFrontend From(ServiceEntry service, FrontendAddress frontend, ClientNetworks clients) => new(
        frontend.Address.Address.ToString(),
        frontend.Address.Port,
        TableWords.FrontendKinds.Format(frontend.Kind),
        TableListen.From(frontend.Frontend.Address),
        [.. frontend.Frontend.AllowedSources.Networks.Select(n => n.ToString())],
        new TableClients(
            Texts(frontend.EndpointsOf(service, isInside: true), clients.MayPodsUse(frontend.Frontend)),
            Texts(frontend.EndpointsOf(service, isInside: true), clients.MayNodeUse(frontend.Frontend)),
            Texts(frontend.EndpointsOf(service, isInside: false), served: true)));

    private static string[] Texts(IEnumerable<IPEndPoint> endpoints, bool served) => served ? [.. endpoints.Select(e => e.ToString())] : [];
}
