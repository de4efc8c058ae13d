using System.Collections.Immutable;
using L4Proxy.ControlPlane;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Hosting;

/// <summary>Logs what each table changed: a problem or a listener is told of when it comes, changes and goes, not again.</summary>
internal sealed class TableReport(ILogger logger)
{
    private HashSet<Problem> _problems = [];
    private HashSet<string> _notes = [];
    private Dictionary<(ServicePortKey Service, FrontendEntry Frontend), ListenerStatus> _listeners = [];

    public void Applied(ImmutableArray<Problem> problems, ApplyResult result)
    {
        ReportProblems(problems);
        ReportNotes(result.Notes);
        ReportListeners(result.Listeners);
    }

    private static LogLevel Level(ProblemSeverity severity) => severity switch
    {
        ProblemSeverity.Note => LogLevel.Information,
        ProblemSeverity.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private void ReportProblems(ImmutableArray<Problem> problems)
    {
        HashSet<Problem> now = [.. problems];
        foreach (Problem problem in problems.Distinct().Where(p => !_problems.Contains(p)))
        {
            LogLevel level = Level(problem.Severity);
            HostLog.Problem(logger, level, problem);
        }

        foreach (Problem problem in _problems.Where(p => !now.Contains(p)))
        {
            HostLog.Solved(logger, problem);
        }

        _problems = now;
    }

    private void ReportNotes(ImmutableArray<string> notes)
    {
        foreach (string note in notes.Where(n => !_notes.Contains(n)))
        {
            HostLog.Note(logger, note);
        }

        _notes = [.. notes];
    }

    private void ReportListeners(ImmutableArray<ListenerStatus> listeners)
    {
        Dictionary<(ServicePortKey, FrontendEntry), ListenerStatus> now = [];
        foreach (ListenerStatus listener in listeners)
        {
            now[(listener.Service, listener.Frontend)] = listener;
            if (!_listeners.TryGetValue((listener.Service, listener.Frontend), out ListenerStatus? before) || listener != before)
            {
                Report(listener);
            }
        }

        foreach (ListenerStatus gone in _listeners.Where(l => !now.ContainsKey(l.Key)).Select(l => l.Value))
        {
            HostLog.NotListening(logger, gone.Service, gone.LocalEndPoint);
        }

        _listeners = now;
    }

    private void Report(ListenerStatus listener)
    {
        if (listener.Error is { } error)
        {
            HostLog.ListenerFailed(logger, listener.Service, error);
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
