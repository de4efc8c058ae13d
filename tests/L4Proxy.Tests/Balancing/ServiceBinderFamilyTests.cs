using System.Net;
using FsCheck.Fluent;
using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

/// <summary>A Service port of both families, which are two worlds where the entry says so. Even endpoints are of IPv4.</summary>
public sealed class ServiceBinderFamilyTests
{
    private static readonly ServiceOptions s_options = new() { Ejection = new EjectionOptions { ConsecutiveFailures = 1, MaxPercent = 50 } };

    [Fact]
    public void Bind_FamiliesDoNotMatter_HasOneSetForAll()
    {
        ServiceState service = new(Entry(0, 1, 2) with { SameFamily = false }, counterSlots: 1);
        Assert.Same(service.Current.Cluster, service.Current.ClusterIPv6);
        Assert.Same(service.Current.Known, service.Current.Cluster.Eligible);
        Assert.Null(service.Current.LocalIPv6);
        service.SetHealthy(service.At(0), healthy: false);
        Fail(service, 1);
        Assert.Same(service.Current.Cluster, service.Current.ClusterIPv6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Bind_EndpointsOfOneFamily_AreOneSetWithoutACopy(int first)
    {
        ServiceState service = Service(first, first + 2);
        Assert.Same(service.Current.Known, Set(service, isIPv4: first == 0).Usable);
        Assert.Same(service.Current.Known, Set(service, isIPv4: first == 0).Eligible);
        Assert.Same(service.Current.Known, service.Endpoints);
        Assert.Same(ScopedEndpoints.Empty, Set(service, isIPv4: first != 0));
    }

    [Fact]
    public void Bind_WeightsInOneFamily_SayNothingOfTheOther()
    {
        ServiceState service = new(
            Entry() with { Endpoints = [Endpoint(0) with { Weight = 0 }, Endpoint(1) with { Weight = 5 }, Endpoint(3) with { Weight = 0 }] }, counterSlots: 1);
        Assert.Equal([0], Indexes(Set(service, isIPv4: true).Eligible));
        Assert.Equal([1], Indexes(Set(service, isIPv4: false).Eligible));
    }

    /// <summary>With one turn for both, clients that come by turns would get the same endpoint each time.</summary>
    [Fact]
    public void Rebind_FamiliesPart_EachHasItsOwnTurn()
    {
        ServiceState service = new(Entry(0, 1, 2, 3) with { SameFamily = false }, counterSlots: 1);
        service.Rebind(Entry(0, 1, 2, 3));
        Assert.Equal([0, 2], Pick(service, isIPv4: true).Order());
        service.Rebind(Entry(0, 1, 2, 3, 4));
        List<int> four = [];
        List<int> six = [];
        for (int i = 0; i < 3; i++)
        {
            four.Add(Dial(service, Sample.Client(i)));
            six.Add(Dial(service, Sample.ClientIPv6(i)));
        }

        Assert.Equal([0, 2, 4], four.Order());
        Assert.Equal([1, 3], six.Distinct().Order());

        static IEnumerable<int> Pick(ServiceState service, bool isIPv4) =>
            [Dial(service, isIPv4 ? Sample.Client(0) : Sample.ClientIPv6(0)), Dial(service, isIPv4 ? Sample.Client(0) : Sample.ClientIPv6(0))];
    }

    [Fact]
    public void Rebind_FamiliesPart_APinToTheOtherFamilyIsGivenUp()
    {
        ServiceOptions sticky = s_options with { Affinity = new AffinityOptions { Kind = AffinityKind.ClientIP } };
        ServiceState service = new(Entry(1) with { SameFamily = false, Options = sticky }, counterSlots: 1);
        Assert.Equal(1, Dial(service, Sample.Client(7)));
        Assert.Equal(1, Dial(service, Sample.ClientIPv6(7)));
        service.Rebind(Entry(0, 1, 2, 3) with { Options = sticky });
        int four = Dial(service, Sample.Client(7));
        Assert.True(four % 2 == 0);
        service.Rebind(Entry(0, 1, 2, 3, 4, 5) with { Options = sticky });
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(four, Dial(service, Sample.Client(7)));
            Assert.Equal(1, Dial(service, Sample.ClientIPv6(7)));
        }
    }

    [Fact]
    public void Failed_Endpoints_AreLimitedAndTriedAmongTheirFamily()
    {
        ServiceState service = Service(0, 1, 2, 3);
        Fail(service, 0);
        Fail(service, 2);
        Assert.Equal([2], Indexes(Set(service, isIPv4: true).Pool.Members));
        Assert.Equal([1, 3], Indexes(Set(service, isIPv4: false).Pool.Members));
        Fail(service, 3);
        Assert.Equal([1], Indexes(Set(service, isIPv4: false).Pool.Members));

        PassiveEjection.Succeeded(service, service.At(3));
        long due = service.NextTrialMs(EndpointScope.Cluster, isIPv4: true);
        Assert.Equal(long.MaxValue, service.NextTrialMs(EndpointScope.Cluster, isIPv4: false));
        Assert.Null(PassiveEjection.ClaimTrial(service, EndpointScope.Cluster, isIPv4: false, due, holdMs: 10));
        Assert.Same(service.At(0), PassiveEjection.ClaimTrial(service, EndpointScope.Cluster, isIPv4: true, due, holdMs: 10));
    }

    [Fact]
    public void SetHealthy_LastOfAFamilyFails_OnlyThatFamilyFallsBackToAll()
    {
        ServiceState service = new(Entry(0, 1, 3) with { Options = s_options with { HealthCheck = new HealthCheckOptions { Enabled = true } } }, counterSlots: 1);
        service.SetHealthy(service.At(0), healthy: false);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.Equal(0, Dial(service, Sample.Client(1)));
        Assert.True(Set(service, isIPv4: true).Pool.IsFallback);
        Assert.Equal([3], Indexes(Set(service, isIPv4: false).Pool.Members));
    }

    [Theory]
    [InlineData("127.0.0.1", 0, true)]
    [InlineData("127.0.0.1", 1, false)]
    [InlineData("0.0.0.0", 1, false)]
    [InlineData("::1", 0, false)]
    [InlineData("::1", 1, true)]
    [InlineData("::", 0, true)]
    [InlineData("::", 1, true)]
    public void HasEndpoints_OfOneFamily_IsForThoseWhoCanCome(string address, int endpoint, bool expected)
    {
        FrontendEntry entry = new(new IPEndPoint(IPAddress.Parse(address), 80), FrontendKind.NodePort);
        FrontendState frontend = new(Service(endpoint), entry, new InsideState());
        Assert.Equal(expected, frontend.HasEndpoints());
        frontend.Service.Rebind(Entry(endpoint) with { SameFamily = false });
        Assert.True(frontend.HasEndpoints());
    }

    [Fact]
    public void AnyHistory_EachClientHasTheEndpointsOfItsScopeAndFamily()
    {
        Scripts.Check(Gen.Choose(0, 1_000_000), steps: 30, runs: 200, script =>
        {
            ServiceState service = new(RandomEntry(new Random(0)), counterSlots: 1);
            foreach (int seed in script)
            {
                Random random = new(seed);
                EndpointState? endpoint = service.Endpoints.Count == 0 ? null : service.Endpoints[random.Next(service.Endpoints.Count)];
                switch (random.Next(4))
                {
                    case 0 when endpoint is not null:
                        PassiveEjection.Failed(service, endpoint, timeout: false, trial: false, nowMs: seed);
                        break;
                    case 1 when endpoint is not null:
                        service.SetHealthy(endpoint, random.Next(2) == 0);
                        break;
                    default:
                        service.Rebind(RandomEntry(random));
                        break;
                }

                Check(service);
            }
        });
    }

    private static ServiceEntry RandomEntry(Random random) => Entry() with
    {
        SameFamily = random.Next(3) > 0,
        Frontends = [Sample.Frontend(fromOutside: (EndpointScope)random.Next(2))],
        Options = s_options with { HealthCheck = new HealthCheckOptions { Enabled = true } },
        Endpoints =
        [
            .. Enumerable.Range(0, 10).Where(_ => random.Next(3) > 0).Select(i => Endpoint(i) with
            {
                Weight = random.Next(3),
                Usable = random.Next(4) > 0,
                UsableLocally = random.Next(3) == 0,
            }),
        ],
    };

    private static void Check(ServiceState service)
    {
        BoundService bound = service.Current;
        bool hasLocal = bound.Entry.Frontends.Any(f => f.FromOutside == EndpointScope.Local);
        Assert.Equal(hasLocal, bound.Local is not null);
        Assert.Equal(hasLocal, bound.LocalIPv6 is not null);
        Assert.Equal(bound.Entry.Endpoints.Where(e => e.Usable || (hasLocal && e.UsableLocally)).Select(e => e.Address), service.Endpoints.Select(e => e.Address));
        foreach (EndpointScope scope in Enum.GetValues<EndpointScope>())
        {
            Check(service, scope, hasLocal, isIPv4: true);
            Check(service, scope, hasLocal, isIPv4: false);
            ScopedEndpoints four = bound.In(scope, isIPv4: true);
            ScopedEndpoints six = bound.In(scope, isIPv4: false);
            Assert.True(bound.Entry.SameFamily || ReferenceEquals(four, six));
            Assert.Equal(bound.Entry.SameFamily && four.Usable.Length + six.Usable.Length > 0, !ReferenceEquals(four.Pool.State, six.Pool.State));
        }
    }

    private static void Check(ServiceState service, EndpointScope scope, bool hasLocal, bool isIPv4)
    {
        ServiceEntry entry = service.Entry;
        EndpointEntry[] usable = [.. entry.Endpoints.Where(e =>
            (scope == EndpointScope.Local && hasLocal ? e.UsableLocally : e.Usable)
            && (!entry.SameFamily || (Sample.Index(e.Address) % 2 == 0) == isIPv4))];
        EndpointEntry[] eligible = Array.Exists(usable, e => e.Weight > 0) ? [.. usable.Where(e => e.Weight > 0)] : usable;
        ScopedEndpoints endpoints = service.Current.In(scope, isIPv4);
        Assert.Equal(usable.Select(e => e.Address), endpoints.Usable.Select(e => e.Address));
        Assert.Equal(eligible.Select(e => e.Address), endpoints.Eligible.Select(e => e.Address));
        EndpointState[] available = [.. endpoints.Eligible.Where(e => e.Healthy && !e.Ejected)];
        Assert.Equal(available.Length > 0 ? available : endpoints.Eligible, endpoints.Pool.Members);
        Assert.All(service.Current.Known, e => Assert.Equal(endpoints.Pool.Members.Contains(e), endpoints.Pool.Allows(e)));
        Assert.Equal(PassiveEjection.NextTrialMs(endpoints.Eligible), service.NextTrialMs(scope, isIPv4));
    }

    private static EndpointEntry Endpoint(int index) => index % 2 == 0 ? Sample.Endpoint(index) : Sample.EndpointIPv6(index);

    private static ServiceEntry Entry(params int[] endpoints) => Sample.Entry(s_options, endpoints.Select(Endpoint)) with { SameFamily = true };

    private static ServiceState Service(params int[] endpoints) => new(Entry(endpoints), counterSlots: 1);

    private static ScopedEndpoints Set(ServiceState service, bool isIPv4) => service.Current.In(EndpointScope.Cluster, isIPv4);

    private static IEnumerable<int> Indexes(EndpointState[] endpoints) => endpoints.Select(e => e.Index());

    private static void Fail(ServiceState service, int endpoint) =>
        PassiveEjection.Failed(service, service.At(endpoint), timeout: false, trial: false, nowMs: 0);

    /// <summary>The endpoint that a client gets.</summary>
    private static int Dial(ServiceState service, ClientAddress client)
    {
        DialSession session = new();
        session.Begin(service, client, EndpointScope.Cluster, nowMs: 0);
        EndpointState endpoint = session.Connected(session.Next(0).Slot, nowMs: 0);
        endpoint.Release();
        return endpoint.Index();
    }
}
