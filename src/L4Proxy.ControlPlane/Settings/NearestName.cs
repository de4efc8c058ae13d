namespace L4Proxy.ControlPlane.Settings;

/// <summary>What the writer of a misspelt name may have meant.</summary>
public static class NearestName
{
    // Names of the schema are shorter; the bound keeps the work small whatever the input.
    private const int LongestName = 64;

    /// <summary>The name with the fewest edits, upper and lower case alike; null when none is near.</summary>
    public static string? Find(string text, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(names);
        if (text.Length is 0 or > LongestName)
        {
            return null;
        }

        string? nearest = null;
        // A third of the letters wrong is still a misspelling; more is another word.
        int fewest = Math.Max(1, text.Length / 3) + 1;
        foreach (string name in names)
        {
            int edits = Distance(text, name);
            if (edits < fewest)
            {
                fewest = edits;
                nearest = name;
            }
        }

        return nearest;
    }

    /// <summary>Optimal string alignment: insert, delete, replace, and swap of two neighbours cost one each.</summary>
    private static int Distance(string a, string b)
    {
        int width = b.Length + 1;
        Span<int> edits = new int[(a.Length + 1) * width];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                edits[(i * width) + j] = i == 0 ? j : j == 0 ? i : Cheapest(edits, a, i, b, j);
            }
        }

        return edits[^1];
    }

    private static int Cheapest(ReadOnlySpan<int> edits, string a, int i, string b, int j)
    {
        int width = b.Length + 1;
        int at = (i * width) + j;
        int replace = edits[at - width - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
        int best = Math.Min(replace, Math.Min(edits[at - width], edits[at - 1]) + 1);
        bool swapped = i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]);
        return swapped ? Math.Min(best, edits[at - (2 * width) - 2] + 1) : best;
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
