namespace L4Proxy.Options;

/// <summary>Text from an input made safe for a terminal: a control character could move the cursor or forge a line.</summary>
internal static class Printable
{
    public static string Of(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c))
            {
                return string.Create(text.Length, text, static (shown, source) =>
                {
                    for (int i = 0; i < shown.Length; i++)
                    {
                        shown[i] = char.IsControl(source[i]) ? '?' : source[i];
                    }
                });
            }
        }

        return text;
    }
}
