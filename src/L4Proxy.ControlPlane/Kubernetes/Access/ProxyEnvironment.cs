using System.Collections;
using System.Globalization;
using System.Net;
using L4Proxy.ControlPlane.Names;

namespace L4Proxy.ControlPlane.Kubernetes.Access;

/// <summary>
/// HTTPS_PROXY, HTTP_PROXY and NO_PROXY (or in lower case) as client-go reads them (golang.org/x/net/http/httpproxy):
/// the names alone and in CIDR notation, with and without a port; loopback never goes through a proxy.
/// </summary>
internal static class ProxyEnvironment
{
    /// <summary>The proxy for a server; null for none.</summary>
    /// <param name="server">http or https.</param>
    /// <param name="environment">Variables by name.</param>
    /// <param name="trouble">What is wrong with the variable; null when nothing is.</param>
    public static ProxyAddress? For(Uri server, IDictionary environment, out string? trouble)
    {
        trouble = null;
        string name = server.Scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY";
        if (Variable(environment, name) is not { } text || IsExcepted(server, Variable(environment, "NO_PROXY") ?? ""))
        {
            return null;
        }

        ProxyAddress? proxy = ProxyAddress.TryParse(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text);
        trouble = proxy is null ? $"the variable {name} is not allowed; allowed is {ProxyAddress.Allowed}" : null;
        return proxy;
    }

    private static bool IsExcepted(Uri server, string exceptions)
    {
        string host = server.IdnHost.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        IPAddress? address = IPLiteral.TryParse(host, out IPAddress? literal) ? literal : null;
        return host == "localhost"
            || (address is not null && IPAddress.IsLoopback(address))
            || exceptions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Any(e => Covers(e.ToLowerInvariant(), host, address, server.Port));
    }

    private static bool Covers(string exception, string host, IPAddress? address, int port)
    {
        if (exception == "*")
        {
            return true;
        }

        if (exception.Contains('/'))
        {
            return address is not null && IPNetwork.TryParse(exception, out IPNetwork network) && network.Contains(address);
        }

        (string name, string? wantedPort) = SplitPort(exception);
        if (wantedPort is not null && wantedPort != port.ToString(CultureInfo.InvariantCulture))
        {
            return false;
        }

        if (IPLiteral.TryParse(name, out IPAddress? excepted))
        {
            return excepted.Equals(address);
        }

        // A domain covers what is below it; written without a dot before it, itself too.
        string domain = name.StartsWith("*.", StringComparison.Ordinal) ? name[1..] : name;
        return domain.StartsWith('.')
            ? host.EndsWith(domain, StringComparison.Ordinal)
            : domain.Length > 0 && (host == domain || host.EndsWith('.' + domain, StringComparison.Ordinal));
    }

    private static (string Name, string? Port) SplitPort(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and int end)
        {
            return (text[1..end], text.Length > end + 2 ? text[(end + 2)..] : null);
        }

        int colon = text.IndexOf(':');
        return colon < 0 || colon != text.LastIndexOf(':') ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    private static string? Variable(IDictionary environment, string name) =>
        environment[name] is string { Length: > 0 } upper ? upper
        : environment[name.ToLowerInvariant()] is string { Length: > 0 } lower ? lower
        : null;
}
