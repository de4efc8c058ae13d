using L4Proxy.DataPlane.Services;

namespace L4Proxy.Cli.Table;

/// <summary>One endpoint in the table's JSON.</summary>
/// <param name="Address">IP address.</param>
/// <param name="Port">Port.</param>
/// <param name="Weight">Share of new connections, for policies that know weights.</param>
/// <param name="Ready">Condition of the EndpointSlice.</param>
/// <param name="Serving">Condition of the EndpointSlice.</param>
/// <param name="Terminating">Condition of the EndpointSlice.</param>
/// <param name="Usable">Whether new connections go there that may go anywhere in the cluster.</param>
/// <param name="UsableLocally">Whether new connections go there that must stay on this node.</param>
/// <param name="Target">Pod or host name; null when unknown.</param>
/// <param name="Node">Node; null when unknown.</param>
/// <param name="Zone">Zone; null when unknown.</param>
internal sealed record TableEndpoint(
    string Address,
    int Port,
    int Weight,
    bool Ready,
    bool Serving,
    bool Terminating,
    bool Usable,
    bool UsableLocally,
    string? Target,
    string? Node,
    string? Zone)
{
    public static TableEndpoint From(EndpointEntry entry) => new(
        entry.Address.Address.ToString(),
        entry.Address.Port,
        entry.Weight,
        entry.Ready,
        entry.Serving,
        entry.Terminating,
        entry.Usable,
        entry.UsableLocally,
        entry.TargetName,
        entry.NodeName,
        entry.Zone);
}
