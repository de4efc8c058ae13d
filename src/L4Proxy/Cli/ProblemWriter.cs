using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.Options;

namespace L4Proxy.Cli;

/// <summary>Writes problems for people, one line each.</summary>
internal static class ProblemWriter
{
    public static void Write(TextWriter output, IEnumerable<Problem> problems)
    {
        foreach (Problem problem in problems)
        {
            output.WriteLine($"{Word(problem.Severity)}: {Printable.Of(problem.ToString())}");
        }
    }

    public static bool HasErrors(ImmutableArray<Problem> problems) => problems.Any(p => p.Severity == ProblemSeverity.Error);

    /// <summary><c>2 errors, 1 warning</c>; <c>no problems</c> when there are none.</summary>
    public static string Summarize(ImmutableArray<Problem> problems)
    {
        ProblemSeverity[] severities = [ProblemSeverity.Error, ProblemSeverity.Warning, ProblemSeverity.Note];
        IEnumerable<string> parts = severities
            .Select(s => (Word: Word(s), Count: problems.Count(p => p.Severity == s)))
            .Where(s => s.Count > 0)
            .Select(s => s.Count == 1 ? $"1 {s.Word}" : $"{s.Count} {s.Word}s");
        string text = string.Join(", ", parts);
        return text.Length == 0 ? "no problems" : text;
    }

    public static string Word(ProblemSeverity severity) => severity switch
    {
        ProblemSeverity.Note => "note",
        ProblemSeverity.Warning => "warning",
        _ => "error",
    };
}
