using System.Net;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>A proxy on the way to the API server. Shows its address, never its password.</summary>
public sealed class ProxyAddress
{
    /// <summary>What a URL of a proxy may be.</summary>
    public const string Allowed = "a URL such as http://host:port, https://host:port or socks5://host:port";

    private static readonly string[] s_schemes = ["http", "https", "socks5", "socks5h"];

    private ProxyAddress(Uri address, NetworkCredential? credential)
    {
        Address = address;
        Credential = credential;
    }

    public Uri Address { get; }

    internal NetworkCredential? Credential { get; }

    public static ProxyAddress? TryParse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || !s_schemes.Contains(url.Scheme) || url.Host.Length == 0)
        {
            return null;
        }

        // The handler knows socks5 only, which leaves resolving the name to the proxy as socks5h asks for.
        string scheme = url.Scheme == "socks5h" ? "socks5" : url.Scheme;
        int port = url.Port > 0 ? url.Port : 1080;
        UriBuilder address = new(scheme, url.Host, port);
        string[] user = url.UserInfo.Split(':', 2);
        NetworkCredential? credential = url.UserInfo.Length == 0
            ? null
            : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "");
        return new ProxyAddress(address.Uri, credential);
    }

    public override string ToString() => Address.GetLeftPart(UriPartial.Authority);

    internal WebProxy ToWebProxy() => new(Address) { Credentials = Credential };
}
