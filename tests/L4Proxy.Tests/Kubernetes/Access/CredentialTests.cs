using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

public sealed class CredentialTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Get_TokenFileReplaced_SendsTheNewToken()
    {
        await using TestServer server = await TestServer.Start();
        string file = _folder.Write("token", "one\n");
        using ApiConnection connection = Connect(server, AccessCredentials.BearerFile(file));
        await connection.Ask();
        _folder.Write("token", "two");
        await connection.Ask();
        _folder.Write("token", "");
        await connection.Ask();
        File.Delete(file);
        await connection.Ask();
        _folder.Write("token", "six");
        await connection.Ask();
        Assert.Equal(["Bearer one", "Bearer two", "Bearer two", "Bearer two", "Bearer six"], Sent(server));
    }

    [Fact]
    public async Task Get_TokenFileSwappedByLink_SendsTheNewToken()
    {
        // As the kubelet does it: token -> ..data/token, and ..data leads to another folder from one moment to the next.
        await using TestServer server = await TestServer.Start();
        _folder.Write("..1/token", "one");
        _folder.Write("..2/token", "two");
        Directory.CreateSymbolicLink(_folder["..data"], "..1");
        File.CreateSymbolicLink(_folder["token"], "..data/token");
        using ApiConnection connection = Connect(server, AccessCredentials.BearerFile(_folder["token"]));
        await connection.Ask();
        Directory.Delete(_folder["..data"]);
        Directory.CreateSymbolicLink(_folder["..data"], "..2");
        await connection.Ask();
        Assert.Equal(["Bearer one", "Bearer two"], Sent(server));
    }

    [Fact]
    public async Task Get_TokenFileMissing_UsesTheTokenOrSaysSo()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection both = Connect(server, new AccessCredentials { Token = "abc", TokenFile = _folder["token"] });
        await both.Ask();
        Assert.Equal(["Bearer abc"], Sent(server));

        using ApiConnection file = Connect(server, AccessCredentials.BearerFile(_folder["token"]));
        Assert.EndsWith($": token file {_folder["token"]}: cannot be read: it does not exist", await file.Fails());
    }

    [Fact]
    public async Task Get_UnauthorizedWhileTheTokenChanges_AsksOnceMore()
    {
        string file = _folder.Write("token", "old");
        await using TestServer server = await TestServer.Start(context =>
        {
            File.WriteAllText(file, "new");
            return Only(context, "Bearer new");
        });
        using ApiConnection connection = Connect(server, AccessCredentials.BearerFile(file));
        Assert.Equal((200, "ok"), await connection.Ask());
        Assert.Equal(["Bearer old", "Bearer new"], Sent(server));
    }

    [Fact]
    public async Task Get_UnauthorizedForGood_ReturnsTheAnswer()
    {
        await using TestServer server = await TestServer.Start(context => Only(context, "Bearer other"));
        using ApiConnection connection = Connect(server, AccessCredentials.BearerFile(_folder.Write("token", "abc")));
        Assert.Equal((401, "no"), await connection.Ask());
        Assert.Equal(["Bearer abc"], Sent(server));
    }

    [Fact]
    public async Task Get_Password_IsBasic()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = Connect(server, new AccessCredentials { UserName = "Aladdin", Password = "open sesame" });
        await connection.Ask();
        Assert.Equal(["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="], Sent(server));
    }

    [Fact]
    public void ToString_Anything_ShowsNoSecret()
    {
        ClusterAccess access = new()
        {
            Server = new Uri("https://a"),
            Proxy = ProxyAddress.TryParse("http://me:hunter2@proxy"),
            CertificateAuthority = PemSource.OfData("hunter2"u8.ToArray()),
            Credentials = new AccessCredentials { Token = "hunter2", UserName = "hunter2", Password = "hunter2" },
        };
        Assert.DoesNotContain("hunter2", access.ToString());
        Assert.DoesNotContain("hunter2", new Credential("hunter2", null).ToString());
        Assert.DoesNotContain("hunter2", new ExecCredential("hunter2", null, null).ToString());
        Assert.DoesNotContain("hunter2", new ExecCredentialStatus("hunter2", "hunter2", "hunter2", null).ToString());
    }

    internal static Task Only(HttpContext context, string authorization)
    {
        bool isRight = context.Request.Headers.Authorization == authorization;
        context.Response.StatusCode = isRight ? 200 : 401;
        return context.Response.WriteAsync(isRight ? "ok" : "no");
    }

    private static ApiConnection Connect(TestServer server, AccessCredentials credentials) =>
        new ClusterAccess { Server = server.Url, Credentials = credentials }.Connect();

    private static IEnumerable<string> Sent(TestServer server) => server.Requests.Select(r => r.Headers.Authorization.ToString());
}
