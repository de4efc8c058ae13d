using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace L4Proxy.Loadbench.Results.Html;

/// <summary>Elements of a page that is both HTML and well-formed XML; text is escaped by <see cref="XElement"/>.</summary>
internal static class Markup
{
    /// <summary>An element with a class.</summary>
    public static XElement Of(string name, string? style, params object?[] content) => new(name, style is null ? null : new XAttribute("class", style), content);

    /// <summary>Text without the characters that XML cannot have at all.</summary>
    public static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Runes of lone surrogates are the replacement character already.
            bool isWritten = !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value);
            clean.Append(isWritten ? rune.ToString() : "\uFFFD");
        }

        return clean.ToString();
    }

    /// <summary>The whole document as text. An element without content keeps its end tag only where it has an empty text.</summary>
    public static string Document(XElement html) => $"<!DOCTYPE html>\n{html.ToString(SaveOptions.None)}\n";
}
