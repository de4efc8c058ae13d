using System.Net;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Kubernetes;
using L4Proxy.Testing.Processes;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>The program starts before what it depends on.</summary>
public sealed class StartOrderTests
{
    [Fact]
    public async Task Run_ApiServerIsDown_WaitsAndSaysSoOnceThenServes()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Apply("web", 0);
        await cluster.Api.KillAsync();
        IPEndPoint healthz = new(IPAddress.Loopback, FreePorts.Take(1)[0]);
        L4ProxyProcess proxy = cluster.Launch("--node-name", "worker-1", "--healthz-bind-address", $"{healthz}");

        await proxy.Process.WaitForAsync("trying on");
        Assert.Contains($"{cluster.Api.Url}".TrimEnd('/'), proxy.Process.Log, StringComparison.Ordinal);
        Assert.Equal(503, (await HttpAnswer.GetAsync(healthz, "/healthz")).Status);
        Assert.Equal(200, (await HttpAnswer.GetAsync(healthz, "/livez")).Status);
        Assert.False(proxy.IsReady);
        Assert.Equal(2, ProcessResources.ListeningPorts(proxy.Process.Id).Count);

        await cluster.Api.ListenAsync();
        await proxy.WaitUntilReadyAsync();
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.AskAsync(proxy.EndPointOf("shop/web:http")));
        Assert.Equal(200, (await HttpAnswer.GetAsync(healthz, "/healthz")).Status);
        Assert.Single(proxy.Process.Log.Split('\n'), l => l.Contains("trying on", StringComparison.Ordinal));
        Assert.Single(proxy.Process.Log.Split('\n'), l => l.Contains("the API server is reachable again", StringComparison.Ordinal));
        await cluster.EndAsync();
    }

    [Theory]
    [InlineData("services")]
    [InlineData("endpointslices")]
    [InlineData("nodes")]
    public async Task Run_OneListIsNotComplete_NothingListensUntilItIs(string late)
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Apply("web", 0);
        cluster.Api.Apply("{apiVersion: v1, kind: Node, metadata: {name: worker-1}}");
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Api.Inject(Fault.Hold(held.Task), late);
        L4ProxyProcess proxy = cluster.Launch("--node-name", "worker-1");

        foreach (string resource in (string[])["services", "endpointslices", "nodes"])
        {
            await (resource == late
                ? cluster.Api.WaitForRequestAsync(r => r.Resource?.Plural == resource)
                : cluster.Api.WaitForWatchesAsync(resource));
        }

        // A change of what is known already must not be taken for the beginning either.
        cluster.Lead("web", 1);
        cluster.Apply("other", 2);
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        Assert.False(proxy.IsReady);
        Assert.Single(ProcessResources.ListeningPorts(proxy.Process.Id));

        held.SetResult();
        await proxy.WaitUntilReadyAsync();
        Assert.Equal(["metrics", "shop/other:http", "shop/web:http"], proxy.Names.Order(StringComparer.Ordinal));
        await NamedBackends.WaitForAsync(proxy.EndPointOf("shop/web:http"), cluster.Backends.Addresses[1]);
        await cluster.EndAsync();
    }

    [Fact]
    public async Task Run_ToldToStopWhileItWaits_EndsAtOnceWithExitCode0()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        await cluster.Api.KillAsync();
        L4ProxyProcess proxy = cluster.Launch("--node-name", "worker-1");
        await proxy.Process.WaitForAsync("trying on");
        Assert.Equal(0, await proxy.StopAsync());
    }

    [Fact]
    public async Task Run_ApiServerGoesAway_WhatIsKnownIsServedOn()
    {
        await using ClusterFixture cluster = await ClusterFixture.CreateAsync();
        cluster.Apply("web", 0);
        L4ProxyProcess proxy = await cluster.StartAsync("--node-name", "worker-1", "--healthz-bind-address", "127.0.0.1:0");
        await cluster.Api.KillAsync();
        await proxy.Process.WaitForAsync("trying on");
        Assert.Equal(cluster.Backends.Addresses[0], await NamedBackends.AskAsync(proxy.EndPointOf("shop/web:http")));
        Assert.Equal(200, (await HttpAnswer.GetAsync(proxy.EndPointOf("healthz"), "/healthz")).Status);

        cluster.Lead("web", 1);
        await cluster.Api.ListenAsync();
        await NamedBackends.WaitForAsync(proxy.EndPointOf("shop/web:http"), cluster.Backends.Addresses[1]);
        await cluster.EndAsync();
    }
}
