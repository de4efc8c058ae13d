using System.Collections.Immutable;

namespace L4Proxy.Options;

/// <summary>A field of KubeProxyConfiguration that was written with a value of its type.</summary>
/// <param name="Field">Path of the field.</param>
/// <param name="Texts">The value; several for a list.</param>
/// <param name="Line">1-based line of the field.</param>
internal sealed record KubeProxyValue(string Field, ImmutableArray<string> Texts, long Line)
{
    /// <summary>The only value.</summary>
    public string Text => Texts[0];

    /// <summary>Whether it says nothing: the value that a field has when it is not written. Tools write all fields.</summary>
    public bool IsZero => Texts.IsEmpty || (Texts is [var text] && IsZeroText(text));

    public static bool IsZeroText(string text) => text is "" or "0" or "0s" or "0.0" or "false" or "null" or "~";
}
