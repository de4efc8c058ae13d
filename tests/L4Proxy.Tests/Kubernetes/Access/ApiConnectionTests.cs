using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Access;

public sealed class ApiConnectionTests
{
    [Fact]
    public async Task Get_PlainHttpAndToken_SendsWhoWeAre()
    {
        await using TestServer server = await TestServer.Start();
        using ApiConnection connection = new ClusterAccess
        {
            Server = new Uri(server.Url, "k8s/clusters/c-1/"),
            Credentials = AccessCredentials.Bearer("abc"),
        }.Connect();

        Assert.Equal((200, "ok"), await connection.Ask("/api/v1/services?limit=500&labelSelector=a%3Db"));

        var request = Assert.Single(server.Requests);
        Assert.Equal("/k8s/clusters/c-1/api/v1/services?limit=500&labelSelector=a%3Db", request.Path);
        Assert.Equal("HTTP/1.1", request.Protocol);
        Assert.Equal("Bearer abc", request.Headers.Authorization);
        Assert.Equal("application/json", request.Headers.Accept);
        Assert.Equal("gzip", request.Headers.AcceptEncoding);
        Assert.Matches(@"^l4proxy/\d+\.\d+\.\d+\S* \((linux|darwin|windows)/\w+\)$", request.Headers.UserAgent.ToString());
    }

    [Fact]
    public async Task Get_Tls_UsesHttp2OnOneConnection()
    {
        using Authority authority = new();
        await using TestServer server = await TestServer.Start(certificate: authority.Server("127.0.0.1"));
        using TemporaryFolder folder = new();
        using ApiConnection connection = new ClusterAccess
        {
            Server = server.Url,
            CertificateAuthority = PemSource.OfFile(folder.Write("ca.crt", authority.Pem)),
        }.Connect();

        await connection.Ask();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => connection.Ask()));

        Assert.Equal(["HTTP/2"], server.Requests.Select(r => r.Protocol).Distinct());
        Assert.Single(server.Requests.Select(r => r.Connection).Distinct());
    }
}
