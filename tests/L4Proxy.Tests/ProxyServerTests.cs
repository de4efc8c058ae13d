using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.DataPlane;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing.Time;
using L4Proxy.Tests.Balancing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests;

/// <summary>What a server does with one table after another.</summary>
public sealed class ProxyServerTests : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(2);

    private readonly FakeEngine _engine = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ProxyServer _server;

    public ProxyServerTests() => _server = new ProxyServer(_engine, _time, NullLoggerFactory.Instance);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task ApplyAsync_OneOfManyChanges_NothingElseIsTouched()
    {
        ImmutableArray<ServiceEntry> entries = [.. Enumerable.Range(0, 2000).Select(i => Entry(i))];
        await _server.ApplyAsync(new ServiceTable(entries));
        ImmutableArray<ServiceState> states = _server.Services;
        var bound = states.Select(s => s.Current).ToArray();
        ImmutableArray<ListenerStatus> listeners = _server.Listeners;
        _engine.Calls.Clear();

        ApplyResult result = await _server.ApplyAsync(new ServiceTable(entries.SetItem(700, Entry(700, endpoint: 9))));

        Assert.Empty(_engine.Calls);
        Assert.Empty(result.Changed);
        Assert.Equal(states, _server.Services);
        Assert.Equal(Enumerable.Range(0, 2000).Where(i => i != 700), Enumerable.Range(0, 2000).Where(i => ReferenceEquals(bound[i], states[i].Current)));
        Assert.All(listeners.Zip(_server.Listeners).Where((_, i) => i != 700), pair => Assert.Same(pair.First, pair.Second));
        Assert.Equal(9, states[700].Endpoints.Single().Index());
    }

    [Fact]
    public async Task ApplyAsync_ServiceComesAndGoes_OnlyItsListenerDoes()
    {
        ImmutableArray<ServiceEntry> entries = [.. Enumerable.Range(0, 50).Select(i => Entry(i))];
        await _server.ApplyAsync(new ServiceTable(entries));
        _engine.Calls.Clear();

        ApplyResult without = await _server.ApplyAsync(new ServiceTable(entries.RemoveAt(20)));
        Assert.Equal(["close 120"], _engine.Calls);
        Assert.Equal(120, Assert.Single(without.Gone).LocalEndPoint!.Port);
        Assert.Equal(49, _server.Services.Length);

        ApplyResult with = await _server.ApplyAsync(new ServiceTable(entries));
        Assert.Equal(["close 120", "bind 120", "open 120"], _engine.Calls);
        Assert.Equal(120, Assert.Single(with.Changed).LocalEndPoint!.Port);
    }

    [Fact]
    public async Task ApplyAsync_PolicyOfAFrontendChanges_ListenerIsNotTouched()
    {
        ServiceEntry entry = Entry(0);
        await _server.ApplyAsync(new ServiceTable([entry]));
        _engine.Calls.Clear();
        NetworkSet sources = NetworkSet.Of([IPNetwork.Parse("10.0.0.0/8")]);

        await _server.ApplyAsync(new ServiceTable([entry with { Frontends = [entry.Frontends[0] with { AllowedSources = sources }] }]));

        Assert.Empty(_engine.Calls);
        Assert.Equal(sources, _server.Listeners.Single().Frontend.AllowedSources);
    }

    [Fact]
    public async Task ApplyAsync_AnyHistoryOfTables_EndsAsTheLastOneAlone()
    {
        Gen<ServiceEntry> entry = from number in Gen.Choose(0, 12) from endpoint in Gen.Choose(-1, 2) select Entry(number, endpoint);
        Gen<ServiceTable> table = Gen.ListOf(entry).Select(l => new ServiceTable([.. l.DistinctBy(e => e.Key).OrderBy(e => e.Key)]));
        await Task.Yield();
        Prop.ForAll(Gen.ListOf(table).ToArbitrary(), history =>
        {
            FakeEngine engine = new();
            ProxyServer server = new(engine, _time, NullLoggerFactory.Instance);
            ServiceTable last = ServiceTable.Empty;
            foreach (ServiceTable next in history)
            {
                // As a source does it: what is equal is the same object.
                last = new ServiceTable([.. next.Services.Select(e => last.Services.FirstOrDefault(b => Same(b, e)) ?? e)]);
                Dictionary<ServicePortKey, ServiceState> before = server.Services.ToDictionary(s => s.Key);
                Assert.True(server.ApplyAsync(last).IsCompletedSuccessfully);
                Assert.All(server.Services, s => Assert.Same(before.GetValueOrDefault(s.Key, s), s));
            }

            Assert.Equal(last.Services.Select(e => e.Key), server.Services.Select(s => s.Key));
            Assert.All(last.Services.Zip(server.Services), pair => Assert.Same(pair.First, pair.Second.Entry));
            Assert.Equal(Ports(last.Services), engine.Bound.Select(b => b.Port).Order());
            Assert.Equal(Ports(last.Services.Where(e => e.Endpoints[0].Usable)), engine.Open.Select(b => b.Port).Order());
            Assert.Equal(Ports(last.Services), server.Listeners.Select(l => l.LocalEndPoint!.Port));
        }).QuickCheckThrowOnFailure();

        static bool Same(ServiceEntry a, ServiceEntry b) => a.Key == b.Key && a.Endpoints[0] == b.Endpoints[0];

        static IEnumerable<int> Ports(IEnumerable<ServiceEntry> entries) => entries.Select(e => e.Frontends[0].Address.Port).Order();
    }

    [Fact]
    public async Task ApplyAsync_NotInOrder_IsDeniedAndChangesNothing()
    {
        await _server.ApplyAsync(new ServiceTable([Entry(1), Entry(2)]));
        _engine.Calls.Clear();
        await Assert.ThrowsAsync<ArgumentException>(() => _server.ApplyAsync(new ServiceTable([Entry(2), Entry(1)])));
        await Assert.ThrowsAsync<ArgumentException>(() => _server.ApplyAsync(new ServiceTable([Entry(0), Entry(0)])));
        Assert.Empty(_engine.Calls);
        Assert.Equal(["svc-0001", "svc-0002"], _server.Services.Select(s => s.Key.Name));
    }

    [Fact]
    public async Task ApplyAsync_AddressChangesHands_IsBoundInTheSameTable()
    {
        await _server.ApplyAsync(new ServiceTable([Entry(0), Entry(1)]));
        ServiceEntry heir = Entry(0) with { Frontends = Entry(1).Frontends };
        ApplyResult result = await _server.ApplyAsync(new ServiceTable([heir, Entry(1) with { Frontends = Entry(0).Frontends }]));
        Assert.Empty(result.Failures);
        Assert.Equal([101, 100], _server.Listeners.Select(l => l.LocalEndPoint!.Port));
    }

    /// <summary>Who waits for a port is served by the table that frees it, though its own entry is the same.</summary>
    [Fact]
    public async Task ApplyAsync_ContestedAddressIsFreed_TheOtherGetsItAtOnce()
    {
        ServiceEntry second = Entry(1) with { Frontends = Entry(0).Frontends };
        ApplyResult first = await _server.ApplyAsync(new ServiceTable([Entry(0), second]));
        Assert.Equal("svc-0001", Assert.Single(first.Failures).Service.Name);

        ApplyResult freed = await _server.ApplyAsync(new ServiceTable([second]));
        Assert.True(Assert.Single(freed.Changed).Open);
    }

    [Fact]
    public async Task Retry_TablesFollowOneAnotherClosely_IsNotPutOff()
    {
        _engine.Taken.Add(100);
        Assert.Single((await _server.ApplyAsync(new ServiceTable([Entry(0)]))).Failures);
        _engine.Taken.Clear();
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(s_retry / 4);
            await _server.ApplyAsync(new ServiceTable([Entry(0) with { Key = Sample.Key with { Name = "svc-0000" } }, Entry(1, endpoint: i)]));
        }

        Assert.True(_server.Listeners[0].Open);
    }

    [Fact]
    public async Task ApplyAsync_DefectHalfway_NextTableIsServedAndFailedOnesAreTriedAgain()
    {
        _engine.Taken.Add(100);
        _engine.Broken = 102;
        ImmutableArray<ServiceEntry> entries = [.. Enumerable.Range(0, 5).Select(i => Entry(i))];
        await Assert.ThrowsAsync<InvalidOperationException>(() => _server.ApplyAsync(new ServiceTable(entries)));

        _engine.Taken.Clear();
        _time.Advance(s_retry);
        Assert.Equal([100, 101], _engine.Open.Select(b => b.Port).Order());

        _engine.Broken = -1;
        await _server.ApplyAsync(new ServiceTable(entries));
        Assert.Equal(Enumerable.Range(100, 5), _engine.Open.Select(b => b.Port).Order());
    }

    [Fact]
    public async Task StopAsync_GraceTimeRuns_EndsIt()
    {
        ServiceOptions grace = new() { OnEndpointLeave = EndpointLeaveAction.Grace, EndpointLeaveGrace = TimeSpan.FromSeconds(30) };
        await _server.ApplyAsync(new ServiceTable([Entry(0) with { Options = grace }]));
        await _server.ApplyAsync(new ServiceTable([Entry(0, endpoint: 1) with { Options = grace }]));
        Assert.Equal(1, _time.ArmedTimers);
        await _server.StopAsync(TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(0, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_engine.Resets);
    }

    [Fact]
    public async Task ApplyAsync_EndpointIsTheServicesOwnListener_IsLeftOutUntilItIsNot()
    {
        ServiceEntry self = Entry(0) with { Endpoints = [.. Entry(0).Endpoints, new EndpointEntry { Address = Entry(0).Frontends[0].Address, UsableLocally = true }] };
        ApplyResult first = await _server.ApplyAsync(new ServiceTable([self, Entry(1)]));
        Assert.Contains("own listener", Assert.Single(first.Notes), StringComparison.Ordinal);
        Assert.Single(_server.Services[0].Endpoints);

        ApplyResult same = await _server.ApplyAsync(new ServiceTable([self, Entry(1, endpoint: 2)]));
        Assert.Equal(first.Notes, same.Notes);
        Assert.Empty((await _server.ApplyAsync(new ServiceTable([Entry(0), Entry(1)]))).Notes);
    }

    [Fact]
    public async Task ApplyAsync_EndpointIsAnAddressOfThisHostThatTheWildcardCovers_IsLeftOut()
    {
        using SystemHostAddresses host = new(TimeProvider.System);
        IPAddress? own = host.All.FirstOrDefault(a => !IPAddress.IsLoopback(a));
        Assert.SkipWhen(own is null, "this host has loopback addresses only");
        IPEndPoint[] endpoints = [new(IPAddress.Loopback, 100), new(own!, 100), new(own!, 101), IPEndPoint.Parse("192.0.2.1:100")];
        ServiceEntry entry = Entry(0) with
        {
            Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.IPv6Any, 100), FrontendKind.NodePort)],
            Endpoints = [.. endpoints.Select(e => new EndpointEntry { Address = e })],
        };

        ApplyResult result = await _server.ApplyAsync(new ServiceTable([entry]));

        Assert.Equal(2, result.Notes.Length);
        Assert.Equal(endpoints[2..], _server.Services[0].Entry.Endpoints.Where(e => e.Usable).Select(e => e.Address));
    }

    /// <summary>Service <paramref name="number"/> on port 100 + number with one endpoint; -1 for one that is not usable.</summary>
    private static ServiceEntry Entry(int number, int endpoint = 0) => new()
    {
        Key = Sample.Key with { Name = $"svc-{number:D4}" },
        Frontends = [new FrontendEntry(new IPEndPoint(IPAddress.Loopback, 100 + number), FrontendKind.NodePort)],
        Endpoints = [Sample.Endpoint(Math.Max(endpoint, 0), usable: endpoint >= 0)],
    };
}
