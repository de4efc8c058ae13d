namespace L4Proxy.ControlPlane.Translation;

/// <summary>A user's value as it may appear in a one-line message.</summary>
internal static class Shown
{
    // Longer than any value that is allowed anywhere but in a host name, and short enough for a line.
    private const int MaxLength = 64;

    // A message of somebody else's parser with a value in it.
    private const int MaxMessageLength = 240;

    /// <summary>Somebody else's message on one line, without a full stop.</summary>
    public static string Message(string message) => Cut(message, MaxMessageLength).TrimEnd('.', ' ');

    /// <summary>The text on one line, without control characters, cut when it is long.</summary>
    public static string Text(string text) => Cut(text, MaxLength);

    private static string Cut(string text, int length) =>
        string.Concat(text.Take(length).Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c))
        + (text.Length > length ? "..." : "");
}
