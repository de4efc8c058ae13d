namespace L4Proxy.Cli.Table;

/// <summary>Endpoints of a frontend by kind of client, in the table's JSON: each as <c>address:port</c>, IPv6 in brackets.</summary>
/// <param name="Pod">Of clients in the cluster's Pods, as far as their networks are known.</param>
/// <param name="Node">Of clients on this node.</param>
/// <param name="Outside">Of all others that the frontend serves.</param>
internal sealed record TableClients(string[] Pod, string[] Node, string[] Outside);
