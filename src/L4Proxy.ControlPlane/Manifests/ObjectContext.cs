using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>The object that is being read, and what is found wrong with it.</summary>
/// <param name="file">File as the user named it.</param>
/// <param name="name">The object as problems call it; null when it has no name.</param>
internal sealed class ObjectContext(string file, string? name)
{
    // Enough to mend an object in one go; a list of thousands has mostly one mistake, thousands of times.
    private const int MaxProblems = 20;

    private readonly List<Problem> _problems = [];
    private readonly Dictionary<string, int> _keyLines = new(StringComparer.Ordinal);

    public IReadOnlyList<Problem> Problems => _problems;

    /// <summary>Whether lines of single values are worth remembering: not for the thousands of a slice.</summary>
    public bool RemembersLines { get; set; }

    public void Error(FieldPath? path, int line, string message)
    {
        if (_problems.Count < MaxProblems)
        {
            bool last = _problems.Count == MaxProblems - 1;
            _problems.Add(new Problem
            {
                Severity = ProblemSeverity.Error,
                Message = last ? "more than this is wrong" : message,
                File = file,
                Line = line,
                Object = name,
                Key = last ? null : path?.ToString(),
            });
        }
    }

    public void Remember(FieldPath path, int line) => _keyLines.TryAdd(path.ToString(), line);

    public ObjectOrigin Origin(int line) => new(file, line, _keyLines);
}
