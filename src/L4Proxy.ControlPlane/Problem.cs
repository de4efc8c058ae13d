using System.Text;

namespace L4Proxy.ControlPlane;

/// <summary>One thing that is wrong with the input: what, where, and what is allowed. Compared by value.</summary>
public sealed record Problem
{
    public required ProblemSeverity Severity { get; init; }

    /// <summary>What is wrong and what is allowed, one line, no full stop.</summary>
    public required string Message { get; init; }

    /// <summary>File as the user named it; null when the input was no file.</summary>
    public string? File { get; init; }

    /// <summary>1-based line; 0 when unknown.</summary>
    public int Line { get; init; }

    /// <summary>The object, such as <c>Service default/web</c>; null when it is none.</summary>
    public string? Object { get; init; }

    /// <summary>Path to the value, such as <c>spec.ports[0].port</c> or <c>defaults.idleTimeout</c>.</summary>
    public string? Key { get; init; }

    /// <summary><c>file:line: object: key: message</c>, parts that are unknown left out.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (File is not null)
        {
            text.Append(File);
            if (Line > 0)
            {
                text.Append(':').Append(Line);
            }

            text.Append(": ");
        }

        if (Object is not null)
        {
            text.Append(Object).Append(": ");
        }

        if (Key is not null)
        {
            text.Append(Key).Append(": ");
        }

        return text.Append(Message).ToString();
    }
}
