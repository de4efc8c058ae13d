using System.Collections.Immutable;
using System.Net;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.Balancing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests;

/// <summary>What a server does with captured frontends and their listeners, from one table to the next.</summary>
public sealed class CaptureServerTests : IAsyncDisposable
{
    private const int Port = 10261;

    private readonly FakeEngine _engine = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ProxyServer _server;

    public CaptureServerTests() => _server = new ProxyServer(_engine, _time, NullLoggerFactory.Instance);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task ApplyAsync_CapturedFrontends_TakeNoSocket_AndAreReportedAsServed()
    {
        ApplyResult result = await _server.ApplyAsync(Table(Entry(1), Entry(2)));

        Assert.Equal([$"bind {Port}", $"open {Port}", $"bind {Port}", $"open {Port}"], _engine.Calls);
        Assert.Equal(["capture", "capture", "test/svc-0001", "test/svc-0002"], result.Changed.Select(l => l.Service.ToString()));
        Assert.All(result.Changed, l => Assert.True(l.Open));
        Assert.Equal(new IPEndPoint(new IPAddress([10, 96, 0, 2]), 80), result.Changed[3].LocalEndPoint);
        Assert.Equal(FrontendKind.Capture, result.Changed[0].Frontend.Kind);
    }

    [Fact]
    public async Task ApplyAsync_OneServiceChanges_ListenersAreNotTouched()
    {
        await _server.ApplyAsync(Table(Entry(1), Entry(2)));
        _engine.Calls.Clear();

        ApplyResult result = await _server.ApplyAsync(Table(Entry(1), Entry(2, endpoint: -1), Entry(3)));

        Assert.Empty(_engine.Calls);
        Assert.Equal(["test/svc-0002 False", "test/svc-0003 True"], result.Changed.Select(l => $"{l.Service} {l.Open}"));
        Assert.Empty((await _server.ApplyAsync(Table(Entry(1), Entry(2, endpoint: -1), Entry(3)))).Changed);
    }

    [Fact]
    public async Task ApplyAsync_CapturePortIsTaken_IsReportedAndTriedAgain()
    {
        _engine.Taken.Add(Port);
        ApplyResult result = await _server.ApplyAsync(Table(Entry(1)));
        Assert.Equal(["capture", "capture"], result.Failures.Select(f => f.Service.ToString()));

        _engine.Taken.Clear();
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.All(_server.Listeners, l => Assert.Null(l.Error));
        Assert.Equal(2, _engine.Open.Count());
    }

    [Fact]
    public async Task ApplyAsync_FrontendIsCapturedNoMore_IsBound_AndBack()
    {
        await _server.ApplyAsync(Table(Entry(1)));
        _engine.Calls.Clear();
        ServiceEntry captured = Entry(1);
        ServiceEntry bound = captured with { Frontends = [captured.Frontends[0] with { Captured = false }] };

        ApplyResult result = await _server.ApplyAsync(Table(bound));
        Assert.Equal(["bind 80", "open 80"], _engine.Calls);
        Assert.Single(result.Gone);

        await _server.ApplyAsync(Table(captured));
        Assert.Equal(["bind 80", "open 80", "close 80"], _engine.Calls);
    }

    [Fact]
    public async Task ApplyAsync_NothingIsCapturedAnyMore_ListenersAreClosed_AndTheirServiceIsGone()
    {
        await _server.ApplyAsync(Table(Entry(1)));
        _engine.Calls.Clear();

        ApplyResult result = await _server.ApplyAsync(new ServiceTable([]));

        Assert.Equal(3, result.Gone.Length);
        Assert.Equal([$"close {Port}", $"close {Port}"], _engine.Calls);
        Assert.Empty(_server.Services);
    }

    [Fact]
    public async Task ApplyAsync_KeysBeforeAndAfterTheCaptureService_StayInOrder()
    {
        ServiceEntry before = Entry(1) with { Key = new ServicePortKey("", "a", "", ServiceProtocol.Tcp) };
        ServiceEntry after = Entry(2) with { Key = new ServicePortKey("", "x", "", ServiceProtocol.Tcp) };

        await _server.ApplyAsync(Table(before, after, Entry(3)));

        Assert.Equal(["a", "capture", "x", "test/svc-0003"], _server.Services.Select(s => s.Key.ToString()));
    }

    private static ServiceTable Table(params ImmutableArray<ServiceEntry> entries) => new(entries)
    {
        CaptureListeners = [new(IPAddress.Any, Port), new(IPAddress.IPv6Any, Port)],
    };

    private static ServiceEntry Entry(byte number, int endpoint = 0) => new()
    {
        Key = new ServicePortKey("test", $"svc-{number:D4}", "", ServiceProtocol.Tcp),
        Frontends = [new FrontendEntry(new IPEndPoint(new IPAddress([10, 96, 0, number]), 80), FrontendKind.ClusterIP) { Captured = true }],
        Endpoints = [Sample.Endpoint(Math.Max(endpoint, 0), usable: endpoint >= 0)],
    };
}
