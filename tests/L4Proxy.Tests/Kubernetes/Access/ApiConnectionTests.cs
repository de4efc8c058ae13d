using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using L4Proxy.ControlPlane.Kubernetes.Access;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Time;
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

    [Fact]
    public async Task Get_GzipAnswer_IsReadAsText()
    {
        await using TestServer server = await TestServer.Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using GZipStream body = new(context.Response.Body, CompressionLevel.Fastest);
            await body.WriteAsync("{}"u8.ToArray());
        });
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect();
        Assert.Equal((200, "{}"), await connection.Ask());
    }

    [Fact]
    public async Task Get_HeadersLate_GivesUpAtTheDeadline()
    {
        TaskCompletionSource asked = new();
        await using TestServer server = await TestServer.Start(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        ManualTimeProvider clock = new();
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect(clock);
        Task<string> failure = connection.Fails(TimeSpan.FromSeconds(10));
        await asked.Task.Within();
        Assert.False(failure.IsCompleted);

        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.EndsWith(": no answer within 10 s", await failure.Within());
    }

    [Fact]
    public async Task Get_BodyLate_IsTheCallersBusiness()
    {
        TaskCompletionSource more = new();
        await using TestServer server = await TestServer.Start(async context =>
        {
            await context.Response.Body.FlushAsync();
            await more.Task.Within();
            await context.Response.WriteAsync("late");
        });
        ManualTimeProvider clock = new();
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect(clock);
        using CancellationTokenSource cancellation = new();
        using HttpResponseMessage response = await connection.GetAsync("/", TimeSpan.FromSeconds(10), cancellation.Token).Within();
        clock.Advance(TimeSpan.FromHours(1));
        await cancellation.CancelAsync();
        more.SetResult();
        Assert.Equal("late", await response.Content.ReadAsStringAsync().Within());
    }

    [Fact]
    public async Task Get_Cancelled_IsNoFailureOfTheServer()
    {
        TaskCompletionSource asked = new();
        await using TestServer server = await TestServer.Start(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect();
        using CancellationTokenSource cancellation = new();
        Task<HttpResponseMessage> request = connection.GetAsync("/", Deadline.Default, cancellation.Token);
        await asked.Task.Within();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.Within());
    }

    [Fact]
    public async Task Get_Redirect_IsRefused()
    {
        await using TestServer elsewhere = await TestServer.Start();
        await using TestServer server = await TestServer.Start(context =>
        {
            context.Response.Redirect(new Uri(elsewhere.Url, "/login").ToString());
            return Task.CompletedTask;
        });
        using ApiConnection connection = new ClusterAccess { Server = server.Url, Credentials = AccessCredentials.Bearer("abc") }.Connect();
        Assert.Equal(
            $"API server {server.Url.GetLeftPart(UriPartial.Authority)}: answers /version with 302, a redirect to {elsewhere.Url}login, "
            + "which is not followed; give the address of the API server itself",
            await connection.Fails());
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Get_CookieSet_IsNotSentBack()
    {
        await using TestServer server = await TestServer.Start(context =>
        {
            context.Response.Cookies.Append("a", "b");
            return context.Response.WriteAsync("ok");
        });
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect();
        await connection.Ask();
        await connection.Ask();
        Assert.All(server.Requests, r => Assert.Equal("", r.Headers.Cookie.ToString()));
    }

    [Fact]
    public async Task Get_Refused_SaysSo()
    {
        using RefusedPort refused = new(IPFamily.IPv4);
        using ApiConnection connection = new ClusterAccess { Server = new Uri($"https://{refused.EndPoint}/") }.Connect();
        Assert.Equal($"API server https://{refused.EndPoint}: connection refused", await connection.Fails());
    }

    [Fact]
    public async Task Get_NoSuchHost_SaysSo()
    {
        using ApiConnection connection = new ClusterAccess { Server = new Uri("https://l4proxy.invalid:6443") }.Connect();
        Assert.Matches(
            "^API server https://l4proxy.invalid:6443: (there is no host l4proxy.invalid|the name l4proxy.invalid cannot be looked up now)$",
            await connection.Fails());
    }

    [Fact]
    public async Task Get_NothingAnswersTheConnect_GivesUpAtTheDeadline()
    {
        using BlackHole hole = await BlackHole.StartAsync(IPFamily.IPv4);
        using ApiConnection connection = new ClusterAccess { Server = new Uri($"http://{hole.EndPoint}") }.Connect();
        Assert.Equal(
            $"API server http://{hole.EndPoint}: no answer within 0.2 s",
            await connection.Fails(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task Get_ClosedBeforeTheAnswer_SaysSo()
    {
        await using TestServer server = await TestServer.Start(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using ApiConnection connection = new ClusterAccess { Server = server.Url }.Connect();
        Assert.Matches(": the connection was (closed|reset) before the answer$", await connection.Fails());
    }

    [Fact]
    public async Task Get_Disposed_Throws()
    {
        ApiConnection connection = new ClusterAccess { Server = new Uri("http://127.0.0.1:1") }.Connect();
        connection.Dispose();
        connection.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => connection.Ask());
    }

    [Fact]
    public async Task Get_ConnectionsReset_IsAlwaysUnreachable()
    {
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        Task resetting = Task.Factory.StartNew(() => ResetAll(listener), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ClusterAccess access = new() { Server = new Uri($"http://{listener.LocalEndPoint}") };
        using (ApiConnection connection = access.Connect())
        {
            // The moment of the reset decides which call fails, and so with what.
            for (int i = 0; i < 300; i++)
            {
                Assert.StartsWith($"API server http://{listener.LocalEndPoint}: ", await connection.Fails(), StringComparison.Ordinal);
            }
        }

        listener.Close();
        await resetting.Within();
    }

    private static void ResetAll(Socket listener)
    {
        try
        {
            while (true)
            {
                using Socket accepted = listener.Accept();
                accepted.LingerState = new LingerOption(enable: true, seconds: 0);
            }
        }
        catch (SocketException)
        {
            // The listener is closed.
        }
    }
}
