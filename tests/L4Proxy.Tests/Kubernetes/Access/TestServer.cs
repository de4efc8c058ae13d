using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Tests.Kubernetes.Access;

/// <summary>A real server on a port of loopback, which remembers what it was asked.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TestServer(WebApplication application)
    {
        _application = application;
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>Method, path, protocol and headers of the requests, in the order in which they came.</summary>
    public ConcurrentQueue<(string Path, string Protocol, IHeaderDictionary Headers, string? Client, string Connection)> Requests { get; } = new();

    public static async Task<TestServer> Start(RequestDelegate? answer = null, X509Certificate2? certificate = null, Authority? clients = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https => Restrict(https, clients));
            }
        }));
        WebApplication application = builder.Build();
        TestServer server = new(application);
        application.Run(async context =>
        {
            server.Requests.Enqueue((
                context.Request.Path + context.Request.QueryString,
                context.Request.Protocol,
                new HeaderDictionary(context.Request.Headers.ToDictionary()),
                context.Connection.ClientCertificate?.Subject,
                context.Connection.Id.Split(':')[0]));
            await (answer ?? (c => c.Response.WriteAsync("ok")))(context);
        });
        await application.StartAsync();
        server.Url = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new(TimeSpan.Zero);
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }

    private static void Restrict(HttpsConnectionAdapterOptions https, Authority? clients)
    {
        if (clients is null)
        {
            return;
        }

        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.CheckCertificateRevocation = false;
        https.ClientCertificateValidation = (certificate, chain, _) =>
        {
            chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(clients.Certificate);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(certificate);
        };
    }
}
