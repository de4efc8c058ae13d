using L4Proxy.ControlPlane;

namespace L4Proxy.Cli.Table;

/// <summary>The JSON of <c>l4proxy table</c>, documented in <c>docs/table-json.md</c>: members are added, never changed.</summary>
/// <param name="SchemaVersion">Raised when a member changes its meaning or goes away.</param>
/// <param name="Services">Service ports in the order of the table.</param>
/// <param name="Problems">What is not served, or not as written.</param>
internal sealed record TableDocument(int SchemaVersion, TableService[] Services, TableProblem[] Problems)
{
    public const int CurrentSchema = 1;

    public static TableDocument From(SourceSnapshot snapshot) => new(
        CurrentSchema,
        [.. snapshot.Table.Services.Select(TableService.From)],
        [.. snapshot.Problems.Select(TableProblem.From)]);
}
