using System.Diagnostics.CodeAnalysis;

namespace L4Proxy.ControlPlane.Manifests;

/// <summary>What the API server accepts as names.</summary>
internal static class KubernetesNames
{
    public const string LabelRule = "at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends";

    public const string SubdomainRule = "at most 253 of a-z, 0-9, '-' and '.', with a letter or digit at both ends of each part";

    public const string PortNameRule = "at most 15 of a-z, 0-9 and single '-', at least one letter, a letter or digit at both ends";

    /// <summary>DNS label (RFC 1123): names of Services, namespaces and Service ports.</summary>
    public static bool IsLabel([NotNullWhen(true)] string? name) => name is { Length: <= 63 } && IsPart(name);

    /// <summary>DNS subdomain (RFC 1123): names of most objects.</summary>
    public static bool IsSubdomain([NotNullWhen(true)] string? name)
    {
        if (name is not { Length: <= 253 })
        {
            return false;
        }

        foreach (Range part in name.AsSpan().Split('.'))
        {
            if (!IsPart(name.AsSpan(part)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Service name (RFC 6335, section 5.1): names of container ports.</summary>
    public static bool IsPortName([NotNullWhen(true)] string? name) =>
        name is { Length: <= 15 } && IsPart(name) && name.Any(char.IsAsciiLetter) && !name.Contains("--", StringComparison.Ordinal);

    private static bool IsPart(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
