namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>What may be sent as the value of a header (RFC 9110, section 5.5, without the obsolete parts).</summary>
internal static class HeaderText
{
    public const string Allowed = "allowed is one line of printable ASCII";

    public static bool IsValue(string text) => text.All(c => c is >= ' ' and <= '~');
}
