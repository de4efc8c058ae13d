using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>Collects what a translation has to say about objects.</summary>
internal sealed class ProblemList
{
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();

    public void Error(IKubernetesObject about, string? key, string message) => Add(ProblemSeverity.Error, about, key, message);

    public void Warning(IKubernetesObject about, string? key, string message) => Add(ProblemSeverity.Warning, about, key, message);

    public void Note(IKubernetesObject about, string? key, string message) => Add(ProblemSeverity.Note, about, key, message);

    public void Add(ProblemSeverity severity, IKubernetesObject about, string? key, string message)
    {
        ObjectOrigin origin = about.Metadata.Origin;
        _problems.Add(new Problem
        {
            Severity = severity,
            Message = message,
            File = origin.File,
            Line = origin.LineOf(key),
            Object = ObjectId.Of(about).ToString(),
            Key = key,
        });
    }

    public ImmutableArray<Problem> ToImmutable() => _problems.ToImmutable();

    public void AddRange(ImmutableArray<Problem> problems) => _problems.AddRange(problems);
}
