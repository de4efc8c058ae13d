using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using L4Proxy.Testing.Proxies;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>While nothing can be done no processor time is spent. Measured on the process, so nothing else may run.</summary>
[Collection(typeof(AloneCollection))]
public sealed class QuietTests : ConformanceTest
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(400);

    /// <summary>A listener that waits for room stays quiet when its Service lost its endpoints and got them back meanwhile.</summary>
    [Theory, EveryEngine(OneFamily = true, ProxyOnly = true)]
    public async Task ServiceIsFull_StoppedAndOpenedAgain_DoesNotSpin(TestedEngine engine, IPFamily family)
    {
        Requires.Linux();
        TcpBackend backend = Backend(family, Scripts.Banner("x"));
        ProxyFixture proxy = await ProxyAsync(engine, family, Service with { MaxConnections = 1 }, backend.EndPoint);
        TcpPeer served = await ConnectAsync(proxy);
        Assert.Equal("x", await served.ReceiveTextAsync(1));
        TcpPeer[] lost = [.. await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync(proxy)))];
        await Eventually.True(() => proxy.Server.Engine.Counters.AcceptPauses > 0);

        await proxy.ApplyEndpointsAsync();
        await proxy.ApplyEndpointsAsync(backend.EndPoint);
        TcpPeer[] waiting = [.. await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectAsync(proxy)))];
        await Task.Delay(s_look);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        await Task.Delay(s_look);
        TimeSpan spent = Environment.CpuUsage.TotalTime - before;

        Assert.True(spent < s_look / 2, $"{spent.TotalMilliseconds} ms of CPU time while nothing can be done");
        Array.ForEach([.. lost, .. waiting], c => c.Reset());
    }
}
