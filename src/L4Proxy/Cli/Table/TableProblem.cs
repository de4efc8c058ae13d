using L4Proxy.ControlPlane;

namespace L4Proxy.Cli.Table;

/// <summary>One problem in the table's JSON; what is unknown is null.</summary>
internal sealed record TableProblem(string Severity, string Message, string? File, int? Line, string? Object, string? Key)
{
    public static TableProblem From(Problem problem) => new(
        ProblemWriter.Word(problem.Severity),
        problem.Message,
        problem.File,
        problem.Line > 0 ? problem.Line : null,
        problem.Object,
        problem.Key);
}
