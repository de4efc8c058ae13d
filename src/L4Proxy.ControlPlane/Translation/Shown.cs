namespace L4Proxy.ControlPlane.Translation;

/// <summary>A user's value as it may appear in a one-line message.</summary>
internal static class Shown
{
    // Longer than any value that is allowed anywhere but in a host name, and short enough for a line.
    private const int MaxLength = 64;

    /// <summary>The text on one line, without control characters, cut when it is long.</summary>
    public static string Text(string text) =>
        string.Concat(text.Take(MaxLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + (text.Length > MaxLength ? "..." : "");
}
