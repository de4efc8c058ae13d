using System.Security.Cryptography.X509Certificates;
using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Access;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>Which servers are believed, and what is said of the others.</summary>
public sealed class ServerCertificateTests
{
    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("kube.example", "kube.example")]
    [InlineData("*.kube.example", "api.kube.example")]
    [InlineData("10.43.0.1", "10.43.0.1")]
    public async Task Get_NameOfTheCertificate_IsTheHostOrTlsServerName(string name, string? expected)
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server(name));
        using ApiConnection connection = (Trusting(server, authority) with { TlsServerName = expected }).Connect();

        Assert.Equal((200, "ok"), await connection.Ask());

        var request = Assert.Single(server.Requests);
        Assert.Equal("HTTP/2", request.Protocol);
        Assert.Equal(server.Url.Authority, request.Headers.Host);
    }

    [Fact]
    public async Task Get_OtherName_SaysWhichNamesThereAre()
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server("kube.example", "10.43.0.1"));
        using ApiConnection connection = Trusting(server, authority).Connect();
        Assert.Equal(
            $"API server {Base(server)}: TLS: the server's certificate is for kube.example, 10.43.0.1, not for 127.0.0.1",
            await connection.Fails());

        using ApiConnection named = (Trusting(server, authority) with { TlsServerName = "other.example" }).Connect();
        Assert.EndsWith("is for kube.example, 10.43.0.1, not for other.example", await named.Fails());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Get_Expired_SaysSince()
    {
        using Authority authority = new();
        DateTimeOffset end = new(DateTimeOffset.UtcNow.AddDays(-1).Date, TimeSpan.Zero);
        await using TestServer server = await TestServer.Start(certificate: authority.Server(end, "127.0.0.1"));
        using ApiConnection connection = Trusting(server, authority).Connect();
        Assert.EndsWith($"TLS: the server's certificate expired at {end:yyyy-MM-dd}T00:00:00Z", await connection.Fails());
    }

    [Fact]
    public async Task Get_OtherAuthority_SaysWhoSigned()
    {
        using Authority authority = new("CN=right");
        using Authority other = new("CN=wrong");
        await using TestServer server = await TestServer.Start(certificate: other.Server("127.0.0.1"));
        using ApiConnection connection = Trusting(server, authority).Connect();
        Assert.EndsWith(
            "TLS: the server's certificate is not signed by the certificate authority given for the cluster (issuer CN=wrong)",
            await connection.Fails());

        // Without an authority of the cluster's own, the system's are asked, and they do not know it either.
        using ApiConnection system = new ClusterAccess { Server = server.Url }.Connect();
        Assert.EndsWith("is not signed by an authority that this system trusts (issuer CN=wrong)", await system.Fails());
    }

    [Fact]
    public async Task Get_SystemRoots_AreNotTrustedBesideTheClusters()
    {
        using Authority authority = new("CN=same name");
        using Authority namesake = new("CN=same name");
        await using TestServer server = await TestServer.Start(certificate: namesake.Server("127.0.0.1"));
        using ApiConnection connection = Trusting(server, authority).Connect();
        Assert.Contains("TLS: the server's certificate is not", await connection.Fails());
    }

    [Fact]
    public async Task Get_BundleWithoutRoot_TrustsWhatIsInIt()
    {
        using Authority root = new("CN=root");
        using Authority intermediate = new("CN=intermediate", root);
        X509Certificate2 certificate = intermediate.Server("127.0.0.1");
        await using TestServer server = await TestServer.Start(certificate: certificate);

        using ApiConnection byIntermediate = Trusting(server, intermediate).Connect();
        Assert.Equal((200, "ok"), await byIntermediate.Ask());

        using ApiConnection byItself = (Trusting(server, root) with { CertificateAuthority = Data(certificate.ExportCertificatePem()) }).Connect();
        Assert.Equal((200, "ok"), await byItself.Ask());

        using ApiConnection byBoth = (Trusting(server, root) with { CertificateAuthority = Data(root.Pem + intermediate.Pem) }).Connect();
        Assert.Equal((200, "ok"), await byBoth.Ask());
    }

    [Fact]
    public async Task Get_NamesakeOfATrustedIntermediate_IsNotTrusted()
    {
        using Authority root = new("CN=root");
        using Authority intermediate = new("CN=intermediate", root);
        using Authority namesake = new("CN=intermediate", root);
        await using TestServer server = await TestServer.Start(certificate: namesake.Server("127.0.0.1"));
        using ApiConnection connection = Trusting(server, intermediate).Connect();
        Assert.Contains("TLS: the server's certificate is not", await connection.Fails());
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Get_Insecure_TakesAnyCertificate()
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server(DateTimeOffset.UtcNow.AddDays(-1), "other"));
        using ApiConnection connection = new ClusterAccess { Server = server.Url, InsecureSkipTlsVerify = true }.Connect();
        Assert.Equal((200, "ok"), await connection.Ask());
    }

    [Fact]
    public async Task Get_ServerWithoutTls_SaysSo()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = new ClusterAccess { Server = new UriBuilder(server.Url) { Scheme = "https" }.Uri }.Connect();
        Assert.Contains(": TLS: ", await connection.Fails());
    }

    private static ClusterAccess Trusting(TestServer server, Authority authority) =>
        new() { Server = server.Url, CertificateAuthority = Data(authority.Pem) };

    private static PemSource Data(string pem) => PemSource.OfData(Encoding.ASCII.GetBytes(pem));

    private static string Base(TestServer server) => server.Url.ToString().TrimEnd('/');
}
