using System.Collections;
using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

public sealed class ProxyTests
{
    [Theory]
    [InlineData("http://", false)]
    [InlineData("socks5://", true)]
    [InlineData("socks5h://", true)]
    public async Task Get_ThroughProxy_TlsIsWithTheServer(string scheme, bool socks)
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server("kube.example"));
        using TestProxy proxy = new(server.Url.Port, socks);
        using ApiConnection connection = new ClusterAccess
        {
            Server = new Uri("https://kube.example:6443"),
            CertificateAuthority = PemSource.OfData(Encoding.ASCII.GetBytes(authority.Pem)),
            Proxy = ProxyAddress.TryParse(scheme + proxy.Authority),
        }.Connect();

        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal("kube.example:6443", Assert.Single(proxy.Tunnels));
        Assert.Equal("HTTP/2", server.Requests.Single().Protocol);
    }

    [Fact]
    public async Task Get_ProxyWantsAPassword_GetsTheOneOfTheUrl()
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server("other.example"));
        using TestProxy proxy = new(server.Url.Port, user: "me:s:cret");
        ProxyAddress address = ProxyAddress.TryParse($"http://me:s%3Acret@{proxy.Authority}")!;
        using ApiConnection connection = new ClusterAccess
        {
            Server = new Uri("https://kube.example:6443"),
            TlsServerName = "other.example",
            CertificateAuthority = PemSource.OfData(Encoding.ASCII.GetBytes(authority.Pem)),
            Proxy = address,
        }.Connect();

        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal("kube.example:6443", Assert.Single(proxy.Tunnels));
        Assert.Equal($"http://{proxy.Authority}", address.ToString());
    }

    [Fact]
    public async Task Get_ProxyGone_SaysWhichProxy()
    {
        using RefusedPort refused = new(IPFamily.IPv4);
        using ApiConnection connection = new ClusterAccess
        {
            Server = new Uri("https://kube.example:6443"),
            Proxy = ProxyAddress.TryParse($"http://me:secret@{refused.EndPoint}"),
        }.Connect();
        Assert.Equal(
            $"API server https://kube.example:6443: connection refused (through proxy http://{refused.EndPoint})",
            await connection.Fails());
    }

    [Theory]
    [InlineData("https://kube.example", "", true)]
    [InlineData("http://kube.example", "", false)]
    [InlineData("https://localhost:6443", "", false)]
    [InlineData("https://127.0.0.9:6443", "", false)]
    [InlineData("https://[::1]:6443", "", false)]
    [InlineData("https://kube.example", "*", false)]
    [InlineData("https://kube.example", "kube.example", false)]
    [InlineData("https://kube.example", " KUBE.example ,x", false)]
    [InlineData("https://kube.example", "example", false)]
    [InlineData("https://kube.example", ".example", false)]
    [InlineData("https://kube.example", "*.example", false)]
    [InlineData("https://example", ".example", true)]
    [InlineData("https://kube.example", "be.example", true)]
    [InlineData("https://kube.example:6443", "kube.example:6443", false)]
    [InlineData("https://kube.example:6443", "kube.example:443", true)]
    [InlineData("https://10.43.0.1", "10.43.0.0/16", false)]
    [InlineData("https://10.44.0.1", "10.43.0.0/16", true)]
    [InlineData("https://10.43.0.1", "10.43.0.1", false)]
    [InlineData("https://10.43.0.1", "10.43.0.1:443", false)]
    [InlineData("https://[fd00::1]:6443", "fd00::1", false)]
    [InlineData("https://[fd00::1]:6443", "[fd00::1]:6443", false)]
    [InlineData("https://[fd00::1]:6443", "fd00::/8", false)]
    [InlineData("https://kube.example", ",,:443,/,10.0.0.0/99", true)]
    public void For_Exceptions_AreThoseOfClientGo(string server, string noProxy, bool proxied)
    {
        Hashtable environment = new() { ["HTTPS_PROXY"] = "proxy.example:3128", ["no_proxy"] = noProxy };
        ProxyAddress? proxy = ProxyEnvironment.For(new Uri(server), environment, out string? trouble);
        Assert.Equal(proxied ? "http://proxy.example:3128" : null, proxy?.ToString());
        Assert.Null(trouble);
    }

    [Fact]
    public void For_NoUrl_NamesTheVariableOnly()
    {
        Hashtable environment = new() { ["https_proxy"] = "ftp://me:secret@x" };
        Assert.Null(ProxyEnvironment.For(new Uri("https://kube.example"), environment, out string? trouble));
        Assert.Equal("the variable HTTPS_PROXY is not allowed; allowed is a URL such as http://host:port, https://host:port or socks5://host:port", trouble);
    }
}
