using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Tests.Balancing;
using Xunit;

namespace L4Proxy.Tests.Dialing;

/// <summary>Which endpoint a client gets, connection after connection: what kube-proxy's userspace balancer promised.</summary>
public sealed class AffinityDialTests
{
    private readonly VirtualNetwork _network = new();

    private static ServiceOptions Sticky(int timeoutSeconds = 10800, int maxEntries = 65536) => new()
    {
        Affinity = new AffinityOptions
        {
            Kind = AffinityKind.ClientIP,
            Timeout = TimeSpan.FromSeconds(timeoutSeconds),
            MaxEntries = maxEntries,
        },
    };

    private static ServiceEntry Entry(params int[] endpoints) => Sample.Entry(Sticky(), endpoints.Select(i => Sample.Endpoint(i)));

    private static ServiceState Service(params int[] endpoints) => new(Entry(endpoints), counterSlots: 1);

    private int? Connect(ServiceState service, int client) => _network.Connect(service, client).Endpoint;

    private int?[] ConnectAll(ServiceState service, int clients) => [.. Enumerable.Range(0, clients).Select(i => Connect(service, i))];

    [Fact]
    public void NoAffinity_SameClient_GoesRound()
    {
        ServiceState service = Sample.Service(3);
        Assert.Equal(3, Enumerable.Range(0, 3).Select(_ => Connect(service, 1)).Distinct().Count());
        Assert.Null(service.Current.Affinity);
    }

    [Fact]
    public void Sticky_SameClient_SameEndpointWhateverItsPort()
    {
        ServiceState service = Service(0, 1, 2);
        int?[] pins = ConnectAll(service, 30);
        Assert.All(pins.CountBy(p => p ?? -1), c => Assert.Equal(10, c.Value));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(pins, ConnectAll(service, 30));
        }
    }

    [Fact]
    public void Sticky_TwoPortsOfAService_PinOnTheirOwn()
    {
        ServiceState http = Service(0, 1, 2, 3);
        ServiceState https = Service(10, 11, 12);
        int?[] pins = ConnectAll(http, 12);
        Assert.All(ConnectAll(https, 12), e => Assert.InRange(e!.Value, 10, 12));
        Assert.Equal(pins, ConnectAll(http, 12));
    }

    [Fact]
    public void Sticky_OtherServiceRemoved_GoesOnWhereItWas()
    {
        ServiceState service = Sample.Service(3);
        int? first = Connect(service, 0);
        _ = Connect(Service(7, 8), 0);
        Assert.Equal((first + 1) % 3, Connect(service, 0));
    }

    [Fact]
    public void Sticky_EndpointsBeforeOrAfterAffinity_IsTheSame()
    {
        // The order in which a Service and its endpoints become known does not matter.
        ServiceState endpointsFirst = Sample.Service(ServiceOptions.Default, 3);
        endpointsFirst.Rebind(Entry(0, 1, 2));
        ServiceState serviceFirst = Service();
        Assert.Equal(CloseReason.NoEndpoint, _network.Connect(serviceFirst).Reason);
        serviceFirst.Rebind(Entry(0, 1, 2));
        foreach (ServiceState service in new[] { endpointsFirst, serviceFirst })
        {
            int?[] pins = ConnectAll(service, 9);
            Assert.Equal(3, pins.Distinct().Count());
            Assert.Equal(pins, ConnectAll(service, 9));
        }
    }

    [Fact]
    public void Sticky_EndpointRemoved_OnlyItsClientsMove()
    {
        ServiceState service = Service(0, 1, 2);
        int?[] before = ConnectAll(service, 30);
        service.Rebind(Entry(0, 2));
        int?[] after = ConnectAll(service, 30);
        Assert.All(before.Zip(after), p => Assert.True(p.First == 1 ? p.Second is 0 or 2 : p.Second == p.First));
        Assert.Equal(after, ConnectAll(service, 30));
    }

    [Fact]
    public void Sticky_EndpointsAddedOrReordered_NobodyMoves()
    {
        ServiceState service = Service(0, 1, 2);
        int?[] before = ConnectAll(service, 30);
        service.Rebind(Entry(3, 2, 4, 1, 0));
        Assert.Equal(before, ConnectAll(service, 30));
    }

    [Fact]
    public void Sticky_AllEndpointsGone_FailsThenPinsAnew()
    {
        ServiceState service = Service(0, 1);
        _ = ConnectAll(service, 10);
        service.Rebind(Entry());
        Assert.Equal(CloseReason.NoEndpoint, _network.Connect(service).Reason);
        service.Rebind(Entry(5, 6));
        int?[] pins = ConnectAll(service, 10);
        Assert.Equal([5, 6], pins.Distinct().Order());
        Assert.Equal(pins, ConnectAll(service, 10));
    }

    [Fact]
    public void Sticky_NotReadyOrWeightless_ClientsMove()
    {
        ServiceState service = Service(0, 1, 2);
        int?[] before = ConnectAll(service, 30);
        service.Rebind(Sample.Entry(Sticky(), Sample.Endpoint(0, usable: false), Sample.Endpoint(1, weight: 0), Sample.Endpoint(2)));
        Assert.Contains(0, before);
        Assert.All(ConnectAll(service, 30), e => Assert.Equal(2, e));
    }

    [Fact]
    public void Sticky_EndpointFails_PinMovesToTheOneThatAnswered()
    {
        ServiceState service = Service(0, 1, 2);
        int first = Connect(service, 1)!.Value;
        _network.Refuse(first);
        int second = Connect(service, 1)!.Value;
        _network.Heal(first);
        Assert.NotEqual(first, second);
        Assert.Equal(second, Connect(service, 1));

        _network.Silence(second);
        VirtualDial hedged = _network.Connect(service, 1);
        _network.Heal(second);
        Assert.Equal(second, hedged.Tried[0]);
        Assert.Equal(101, hedged.ElapsedMs);
        Assert.Equal(hedged.Endpoint, Connect(service, 1));
    }

    [Fact]
    public void Sticky_HedgeLoses_PinStays()
    {
        ServiceState service = Service(0, 1, 2);
        int first = Connect(service, 1)!.Value;
        _network.LatencyMs = 150;
        VirtualDial slow = _network.Connect(service, 1);
        Assert.Equal(2, slow.Tried.Count);
        Assert.Equal(first, slow.Endpoint);
        _network.LatencyMs = 1;
        Assert.Equal(first, Connect(service, 1));
    }

    [Fact]
    public void Sticky_WhileHedging_OtherConnectionsOfTheClientKeepThePin()
    {
        ServiceState service = Service(0, 1, 2);
        DialSession slow = new();
        slow.Begin(service, Sample.Client(1), EndpointScope.Cluster, nowMs: 0);
        EndpointState pinned = slow.Next(0).Endpoint!;
        Assert.NotSame(pinned, slow.Next(100).Endpoint);

        DialSession other = new();
        other.Begin(service, Sample.Client(1), EndpointScope.Cluster, nowMs: 110);
        Assert.Same(pinned, other.Next(110).Endpoint);
    }

    [Fact]
    public void Sticky_EverythingFails_NoPinIsLeft()
    {
        ServiceState service = Service(0, 1, 2);
        _network.Refuse(0, 1, 2);
        Assert.Equal(CloseReason.ConnectFailed, _network.Connect(service, 1).Reason);
        Assert.Equal(0, service.Current.Affinity!.Count);
    }

    [Fact]
    public void Sticky_PinnedEndpointEjected_ClientMovesWithoutWaiting()
    {
        ServiceState service = Service(0, 1, 2);
        int?[] before = ConnectAll(service, 30);
        _network.Silence(1);
        int[] waits = [.. Enumerable.Range(0, 30).Select(i => (int)_network.Connect(service, i).ElapsedMs)];
        Assert.Contains(1, before);
        Assert.Equal(3, waits.Count(ms => ms > 1));
        Assert.DoesNotContain(1, ConnectAll(service, 30));
    }

    [Fact]
    public void Sticky_Unhealthy_ClientMoves()
    {
        ServiceOptions options = Sticky() with { HealthCheck = new HealthCheckOptions { Enabled = true } };
        ServiceState service = Sample.Service(options, 3);
        int first = Connect(service, 1)!.Value;
        service.SetHealthy(service.At(first), healthy: false);
        Assert.NotEqual(first, Connect(service, 1));
    }

    [Fact]
    public void Sticky_TimeoutSlidesOverNewConnections()
    {
        ServiceState service = Sample.Service(Sticky(timeoutSeconds: 100), 3);
        int? first = Connect(service, 1);
        for (int i = 0; i < 50; i++)
        {
            _network.NowMs += 99_000;
            Assert.Equal(first, Connect(service, 1));
        }

        _network.NowMs += 100_000;
        Assert.NotEqual(first, Connect(service, 1));
    }

    [Fact]
    public void Sticky_TimeoutChanged_Applies()
    {
        ServiceState service = Sample.Service(Sticky(timeoutSeconds: 10800), 3);
        int? first = Connect(service, 1);
        service.Rebind(Sample.Entry(Sticky(timeoutSeconds: 20), 3));
        _network.NowMs += 19_000;
        Assert.Equal(first, Connect(service, 1));
        _network.NowMs += 21_000;
        Assert.NotEqual(first, Connect(service, 1));
    }

    [Fact]
    public void Sticky_ManyClients_MemoryIsBounded()
    {
        ServiceState service = Sample.Service(Sticky(maxEntries: 100), 3);
        _ = ConnectAll(service, 5000);
        Assert.Equal(100, service.Current.Affinity!.Count);
        service.Rebind(Sample.Entry(Sticky(maxEntries: 10), 3));
        Assert.Equal(10, service.Current.Affinity!.Count);
    }

    [Fact]
    public void Sticky_ManyConnectionsOfANewClientAtOnce_AgreeBeforeAnyAnswers()
    {
        ServiceState service = Service(0, 1, 2, 3, 4);
        DialSession[] sessions = [.. Enumerable.Range(0, 6).Select(_ => new DialSession())];
        HashSet<EndpointState> chosen = [];
        for (int i = 0; i < sessions.Length; i++)
        {
            sessions[i].Begin(service, Sample.Client(1, port: 1000 + i), EndpointScope.Cluster, nowMs: 0);
            chosen.Add(sessions[i].Next(0).Endpoint!);
        }

        EndpointState dead = Assert.Single(chosen);
        Assert.Equal(6, dead.Active);

        // It refuses all of them: they agree on the next one too.
        chosen.Clear();
        foreach (DialSession session in sessions)
        {
            session.Failed(0, DialError.Refused, 1);
            chosen.Add(session.Next(1).Endpoint!);
        }

        Assert.NotSame(dead, Assert.Single(chosen));
    }
}
