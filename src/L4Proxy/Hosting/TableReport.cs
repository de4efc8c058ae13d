using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>
/// Logs what each table changed: a problem or a listener is told of when it comes, changes and goes, not again. Problems and
/// notes that are the same array as before cost nothing.
/// </summary>
internal sealed class TableReport(ILogger logger)
{
    private ImmutableArray<Problem> _problems = [];
    private ImmutableArray<string> _notes = [];

    public void Applied(ImmutableArray<Problem> problems, ApplyResult result)
    {
        if (problems != _problems)
        {
            ReportProblems(problems);
        }

        if (result.Notes != _notes)
        {
            ReportNotes(result.Notes);
        }

        foreach (ListenerStatus listener in result.Changed)
        {
            Report(listener);
        }

        foreach (ListenerStatus gone in result.Gone)
        {
            HostLog.NotListening(logger, gone.Service, gone.LocalEndPoint);
        }
    }

    private static LogLevel Level(ProblemSeverity severity) => severity switch
    {
        ProblemSeverity.Note => LogLevel.Information,
        ProblemSeverity.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private void ReportProblems(ImmutableArray<Problem> problems)
    {
        HashSet<Problem> before = [.. _problems];
        foreach (Problem problem in problems.Distinct().Where(p => !before.Contains(p)))
        {
            LogLevel level = Level(problem.Severity);
            HostLog.Problem(logger, level, problem);
        }

        before.ExceptWith(problems);
        foreach (Problem problem in _problems.Distinct().Where(before.Contains))
        {
            HostLog.Solved(logger, problem);
        }

        _problems = problems;
    }

    private void ReportNotes(ImmutableArray<string> notes)
    {
        HashSet<string> before = [.. _notes];
        foreach (string note in notes.Where(n => !before.Contains(n)))
        {
            HostLog.Note(logger, note);
        }

        _notes = notes;
    }

    private void Report(ListenerStatus listener)
    {
        if (listener.Error is { } error)
        {
            HostLog.ListenerFailed(logger, listener.Service, error);
        }
        else if (listener.Open && listener.Frontend.Captured)
        {
            HostLog.Captured(logger, listener.Service, listener.Frontend.Address);
        }
        else if (listener.Open)
        {
            HostLog.Listening(logger, listener.Service, listener.LocalEndPoint);
        }
        else
        {
            HostLog.WithoutEndpoint(logger, listener.Service, listener.LocalEndPoint);
        }
    }
}
