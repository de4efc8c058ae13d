using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Settings;

/// <summary>An address of this host, or the word <c>auto</c>, which is held as null.</summary>
public sealed class SourceAddressFormat : ValueFormat<IPAddress?>
{
    private const string Word = "auto";

    public override string Allowed => $"an IPv4 or IPv6 address of this host, or {Word} (by routing)";

    public override bool TryParse(string text, out IPAddress? value)
    {
        value = null;
        return string.Equals(text, Word, StringComparison.OrdinalIgnoreCase) || IPLiteral.TryParse(text, out value);
    }

    public override string Format(IPAddress? value) => value?.ToString() ?? Word;
}
