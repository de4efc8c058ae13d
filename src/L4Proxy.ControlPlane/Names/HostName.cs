using System.Buffers;

namespace L4Proxy.ControlPlane.Names;

/// <summary>Host names as a resolver takes them.</summary>
public static class HostName
{
    private static readonly SearchValues<char> s_labelChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary>
    /// Labels of 1 to 63 letters, digits, hyphens and underscores (RFC 1123, section 2.1; underscores are common in
    /// practice), 253 characters in all, with an optional dot at the end. A name whose last label is a number is a
    /// mistyped IPv4 address, never a name (RFC 3696, section 2).
    /// </summary>
    public static bool IsValid(string? text)
    {
        ReadOnlySpan<char> name = text;
        if (name.EndsWith("."))
        {
            name = name[..^1];
        }

        if (name.Length is 0 or > 253)
        {
            return false;
        }

        ReadOnlySpan<char> last = default;
        foreach (Range range in name.Split('.'))
        {
            last = name[range];
            if (last.Length is 0 or > 63 || last.ContainsAnyExcept(s_labelChars) || last[0] == '-' || last[^1] == '-')
            {
                return false;
            }
        }

        return last.ContainsAnyExceptInRange('0', '9');
    }
}
