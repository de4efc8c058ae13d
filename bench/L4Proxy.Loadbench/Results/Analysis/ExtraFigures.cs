namespace L4Proxy.Loadbench.Results.Analysis;

/// <summary>
/// How the name of a figure in <see cref="Sample.Extra"/> reads: a name that ends in <c>(us)</c> or another unit in parentheses has that
/// unit; one that begins with <c>bytes</c> is in bytes. Less of it is better, except of a rate, a unit that ends in <c>/s</c>, and of
/// <c>connections</c>, those that a proxy held.
/// </summary>
internal static class ExtraFigures
{
    public const string Connections = "connections";

    public static string UnitOf(string name)
    {
        int open = name.LastIndexOf('(');
        if (open > 0 && name.EndsWith(')'))
        {
            return name[(open + 1)..^1];
        }

        return name.StartsWith("bytes", StringComparison.Ordinal) ? "bytes" : "";
    }

    public static bool IsMoreBetter(string name) => name == Connections || UnitOf(name).EndsWith("/s", StringComparison.Ordinal);
}
