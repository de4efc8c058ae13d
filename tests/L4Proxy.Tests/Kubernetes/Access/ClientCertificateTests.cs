using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

public sealed class ClientCertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Authority _authority = new();

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Get_CertificateAndKey_AreShownToTheServer(bool rsa)
    {
        await using TestServer server = await Start();
        using ApiConnection connection = Connect(server, _authority.Client("node-a", rsa));
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal("CN=node-a", server.Requests.Single().Client);
    }

    [Fact]
    public async Task Get_KeyWithParametersBeforeIt_IsRead()
    {
        await using TestServer server = await Start();
        (string certificate, string key) = _authority.Client("node-a");
        const string Parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        using ApiConnection connection = Connect(server, (certificate, Parameters + key));
        Assert.Equal((200, "ok"), await connection.Ask());
    }

    [Fact]
    public async Task Get_CertificateOfAnIntermediate_IsSentWithIt()
    {
        using Authority intermediate = new("CN=intermediate", _authority);
        await using TestServer server = await Start();
        (string certificate, string key) = intermediate.Client("node-a");
        using ApiConnection complete = Connect(server, (certificate + intermediate.Pem, key));
        Assert.Equal((200, "ok"), await complete.Ask());
    }

    [Fact]
    public async Task Get_NoCertificate_SaysThatTheServerMayWantOne()
    {
        await using TestServer server = await Start();
        using ApiConnection connection = Trusting(server).Connect();
        Assert.Matches(": (no HTTP answer: .* it may want a client certificate|the connection was (closed|reset) before the answer|TLS: .*)$", await connection.Fails());
    }

    [Fact]
    public async Task Get_FilesReplaced_NewRequestsUseTheNewOnes()
    {
        TaskCompletionSource end = new();
        await using TestServer server = await Start(async context =>
        {
            await context.Response.WriteAsync("begin,");
            await context.Response.Body.FlushAsync();
            if (context.Request.Path == "/watch")
            {
                await end.Task.Within();
            }

            await context.Response.WriteAsync("end");
        });
        using ApiConnection connection = Connect(server, _authority.Client("before"));
        using HttpResponseMessage watch = await connection.GetAsync("/watch", Deadline.Default, CancellationToken.None);

        // Half of a change is no change: what was read before stays.
        (string certificate, string key) = _authority.Client("after");
        _folder.Write("client.crt", certificate);
        Assert.Equal((200, "begin,end"), await connection.Ask("/half"));
        _folder.Write("client.key", key);
        Assert.Equal((200, "begin,end"), await connection.Ask("/whole"));
        File.Delete(_folder["client.key"]);
        Assert.Equal((200, "begin,end"), await connection.Ask("/gone"));

        end.SetResult();
        Assert.Equal("begin,end", await watch.Content.ReadAsStringAsync().Within());
        Assert.Equal(
            ["/watch CN=before", "/half CN=before", "/whole CN=after", "/gone CN=after"],
            server.Requests.Select(r => $"{r.Path} {r.Client}"));
        Assert.Equal(2, server.Requests.Select(r => r.Connection).Distinct().Count());
    }

    [Fact]
    public async Task Get_AuthorityReplaced_IsTrustedByNewConnections()
    {
        using Authority old = new("CN=old");
        await using TestServer server = await TestServer.Start(certificate: _authority.Server("127.0.0.1"));
        string file = _folder.Write("ca.crt", old.Pem);
        using ApiConnection connection = new ClusterAccess { Server = server.Url, CertificateAuthority = PemSource.OfFile(file) }.Connect();
        await connection.Fails();

        _folder.Write("ca.crt", old.Pem + _authority.Pem);
        Assert.Equal((200, "ok"), await connection.Ask());
    }

    private Task<TestServer> Start(RequestDelegate? answer = null) =>
        TestServer.Start(answer, _authority.Server("127.0.0.1"), _authority);

    private ClusterAccess Trusting(TestServer server) => new()
    {
        Server = server.Url,
        CertificateAuthority = PemSource.OfData(Encoding.ASCII.GetBytes(_authority.Pem)),
    };

    private ApiConnection Connect(TestServer server, (string Certificate, string Key) client) => (Trusting(server) with
    {
        Credentials = AccessCredentials.ClientCertificate(
            PemSource.OfFile(_folder.Write("client.crt", client.Certificate)),
            PemSource.OfFile(_folder.Write("client.key", client.Key))),
    }).Connect();
}
