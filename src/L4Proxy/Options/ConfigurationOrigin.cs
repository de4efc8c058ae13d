using L4Proxy.ControlPlane;

namespace L4Proxy.Options;

/// <summary>Where a value was written: a line of a file, an environment variable, or an option of the command line.</summary>
internal sealed record ConfigurationOrigin
{
    private string? File { get; init; }

    private int Line { get; init; }

    /// <summary>What carries the value when it is no file.</summary>
    private string? Carrier { get; init; }

    /// <summary>The folder that relative paths start from; empty for the working directory.</summary>
    public string Folder => Path.GetDirectoryName(File) ?? "";

    public static ConfigurationOrigin InFile(string file, long line) => new() { File = file, Line = (int)line };

    public static ConfigurationOrigin Variable(string name) => new() { Carrier = $"environment variable {name}" };

    public static ConfigurationOrigin Flag(string option) => new() { Carrier = $"option {option}" };

    public Problem Problem(ProblemSeverity severity, string? key, string message) => new()
    {
        Severity = severity,
        File = File,
        Line = Line,
        Object = Carrier,
        Key = key,
        Message = message,
    };

    public Problem Error(string? key, string message) => Problem(ProblemSeverity.Error, key, message);

    /// <summary>For a second mention of the same key: <c>line 3</c>, or what else carries it.</summary>
    public override string ToString() => Carrier ?? $"line {Line}";
}
