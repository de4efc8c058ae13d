using L4Proxy.ControlPlane;

namespace L4Proxy.Cli.Table;

/// <summary>The JSON of <c>l4proxy table</c>, documented in <c>docs/table-json.md</c>: members are added, never changed.</summary>
/// <param name="SchemaVersion">Raised when a member changes its meaning or goes away.</param>
/// <param name="Services">Service ports in the order of the table.</param>
/// <param name="HealthCheckNodePorts">Where load balancers ask whether this node has endpoints.</param>
/// <param name="NodeEligible">Whether load balancers should send new connections to this node.</param>
/// <param name="Inside">Networks of clients that count as Pods or as this node.</param>
/// <param name="Problems">What is not served, or not as written.</param>
internal sealed record TableDocument(
    int SchemaVersion,
    TableService[] Services,
    TableHealthCheck[] HealthCheckNodePorts,
    bool NodeEligible,
    string[] Inside,
    TableProblem[] Problems)
{
    public const int CurrentSchema = 1;

    public static TableDocument From(SourceSnapshot snapshot)
    {
        ClientNetworks clients = new(snapshot.Table.Inside);
        return new TableDocument(
            CurrentSchema,
            [.. snapshot.Table.Services.Select(s => TableService.From(s, clients))],
            [.. snapshot.HealthChecks.Select(TableHealthCheck.From)],
            snapshot.NodeEligible,
            [.. snapshot.Table.Inside.Networks.Select(n => n.ToString())],
            [.. snapshot.Problems.Select(TableProblem.From)]);
    }
}
