namespace L4Proxy.ControlPlane.Manifests;

/// <summary>
/// Cuts a YAML stream at its document markers, so that one broken document does not hide the others. The cut
/// is exact: a line that starts with <c>---</c> is a marker even inside quotes (YAML 1.2.2, section 9.1.2).
/// </summary>
internal static class DocumentSplitter
{
    /// <summary>The parts and the 1-based line at which each starts. Comments and directives stay with the document that follows.</summary>
    public static IEnumerable<(int FirstLine, string Text)> Split(string stream)
    {
        int start = 0;
        int startLine = 1;
        int line = 1;
        bool hasContent = false;
        for (int at = 0; at < stream.Length; line++)
        {
            int end = stream.IndexOf('\n', at);
            int next = end < 0 ? stream.Length : end + 1;
            if (hasContent && IsMarker(stream.AsSpan(at, next - at)))
            {
                yield return (startLine, stream[start..at]);
                start = at;
                startLine = line;
                hasContent = false;
            }

            hasContent |= IsContent(stream.AsSpan(at, next - at));
            at = next;
        }

        if (hasContent)
        {
            yield return (startLine, stream[start..]);
        }
    }

    private static bool IsMarker(ReadOnlySpan<char> line) =>
        line.StartsWith("---") && (line.Length == 3 || line[3] is ' ' or '\t' or '\r' or '\n');

    private static bool IsContent(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> text = (IsMarker(line) ? line[3..] : line).Trim();
        return !text.IsEmpty && text[0] is not ('#' or '%') && !text.SequenceEqual("...");
    }
}
