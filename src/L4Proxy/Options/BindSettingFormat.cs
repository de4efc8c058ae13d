using System.Globalization;
using System.Net;
using L4Proxy.ControlPlane.Names;
using L4Proxy.ControlPlane.Settings;

namespace L4Proxy.Options;

/// <summary><c>auto</c>, <c>off</c>, or an address and a port.</summary>
/// <param name="usual">What auto stands for.</param>
internal sealed class BindSettingFormat(string usual) : ValueFormat<BindSetting>
{
    private const string AutoWord = "auto";
    private const string OffWord = "off";

    public override string Allowed => $"auto ({usual}), off, or ADDRESS:PORT such as 127.0.0.1:9000, [::]:9000 or :9000 (all addresses)";

    public override bool TryParse(string text, out BindSetting value)
    {
        if (string.Equals(text, AutoWord, StringComparison.OrdinalIgnoreCase))
        {
            value = BindSetting.Auto;
            return true;
        }

        bool off = string.Equals(text, OffWord, StringComparison.OrdinalIgnoreCase);
        IPEndPoint? address = off ? null : ParseAddress(text);
        value = new BindSetting(IsAuto: false, address);
        return off || address is not null;
    }

    public override string Format(BindSetting value) => value.IsAuto ? AutoWord : value.Address?.ToString() ?? OffWord;

    private static IPEndPoint? ParseAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return null;
        }

        string host = text[..colon];
        if (host.Length == 0)
        {
            return new IPEndPoint(IPAddress.Any, port);
        }

        bool bracketed = host is ['[', .., ']'];
        return IPLiteral.TryParse(bracketed ? host[1..^1] : host, out IPAddress? address) && bracketed == host.Contains(':', StringComparison.Ordinal)
            ? new IPEndPoint(address, port)
            : null;
    }
}
