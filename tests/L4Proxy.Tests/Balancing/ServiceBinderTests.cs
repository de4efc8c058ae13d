using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

public sealed class ServiceBinderTests
{
    private static readonly ServiceOptions s_options = new() { HealthCheck = new HealthCheckOptions { Enabled = true } };

    private static ServiceEntry Entry(params int[] endpoints) => Sample.Entry(s_options, endpoints.Select(i => Sample.Endpoint(i)));

    private static ServiceState Service(params int[] endpoints) => new(Entry(endpoints), counterSlots: 1);

    private static IEnumerable<int> Members(ServiceState service) => service.Current.Cluster.Pool.Members.Select(e => e.Index());

    [Fact]
    public void Rebind_AddressStays_StateStays()
    {
        ServiceState service = Service(0, 1, 2);
        EndpointState kept = service.At(2);
        kept.Acquire();
        service.Rebind(Entry(3, 2));
        Assert.Same(kept, service.Endpoints[1]);
        Assert.Equal([3, 2], Members(service));
        Assert.Equal([3, 2], service.Endpoints.Select(e => e.Index()));
    }

    [Fact]
    public void Rebind_LeftWithConnections_IsFoundAgain()
    {
        ServiceState service = Service(0, 1);
        EndpointState busy = service.At(0);
        EndpointState idle = service.At(1);
        busy.Acquire();
        service.Rebind(Entry(2));
        service.Rebind(Entry(2, 3));
        Assert.False(busy.Eligible);
        service.Rebind(Entry(0, 1));
        Assert.Same(busy, service.Endpoints[0]);
        Assert.NotSame(idle, service.Endpoints[1]);
    }

    [Fact]
    public void Rebind_LeftAndDone_IsForgotten()
    {
        ServiceState service = Service(0, 1);
        EndpointState left = service.At(0);
        left.Acquire();
        service.Rebind(Entry(1));
        Assert.Contains(left, service.Current.Known);
        left.Release();
        service.Rebind(Entry(1));
        Assert.DoesNotContain(left, service.Current.Known);
    }

    [Fact]
    public void Rebind_ListedButNotUsable_KeepsStateAndGetsNothing()
    {
        ServiceState service = Service(0, 1);
        EndpointState state = service.At(0);
        service.Rebind(Sample.Entry(s_options, Sample.Endpoint(0, usable: false), Sample.Endpoint(1)));
        Assert.Equal([1], Members(service));
        Assert.Equal([1], service.Endpoints.Select(e => e.Index()));
        service.Rebind(Entry(0, 1));
        Assert.Same(state, service.Endpoints[0]);
    }

    [Fact]
    public void Rebind_WeightZero_IsShownButGetsNothing()
    {
        ServiceState service = Sample.Service(s_options, Sample.Endpoint(0, weight: 0), Sample.Endpoint(1));
        Assert.Equal([1], Members(service));
        Assert.Equal([0, 1], service.Endpoints.Select(e => e.Index()));
    }

    [Fact]
    public void Rebind_SameEndpoints_KeepsThePoolAndWhatItComputed()
    {
        ServiceState service = Service(0, 1, 2);
        object pool = service.Current.Cluster.Pool;
        service.Rebind(Sample.Entry(s_options with { MaxConnections = 5 }, 3));
        Assert.Same(pool, service.Current.Cluster.Pool);
        Assert.Equal(5, service.Entry.Options.MaxConnections);
    }

    [Fact]
    public void SetHealthy_False_LeavesThePoolAndComesBack()
    {
        ServiceState service = Service(0, 1, 2);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.Equal([0, 2], Members(service));
        service.Rebind(Entry(0, 1, 2, 3));
        Assert.Equal([0, 2, 3], Members(service));
        service.SetHealthy(service.At(1), healthy: true);
        Assert.Equal([0, 1, 2, 3], Members(service));
    }

    [Fact]
    public void SetHealthy_AllFalse_AllAreUsed()
    {
        ServiceState service = Service(0, 1);
        service.SetHealthy(service.At(0), healthy: false);
        service.SetHealthy(service.At(1), healthy: false);
        Assert.True(service.Current.Cluster.Pool.IsFallback);
        Assert.Equal([0, 1], Members(service));
        Assert.All(service.Endpoints, e => Assert.True(service.Current.Cluster.Pool.Allows(e)));
        service.SetHealthy(service.At(1), healthy: true);
        Assert.Equal([1], Members(service));
    }

    [Fact]
    public void Rebind_HealthCheckTurnedOff_VerdictsAreForgotten()
    {
        ServiceState service = Service(0, 1);
        service.SetHealthy(service.At(0), healthy: false);
        service.Rebind(Sample.Entry(ServiceOptions.Default, 2));
        Assert.True(service.At(0).Healthy);
        Assert.Equal([0, 1], Members(service));

        // A check that was still under way.
        service.SetHealthy(service.At(0), healthy: false);
        Assert.True(service.At(0).Healthy);
    }

    [Fact]
    public void Rebind_NoEndpointLeft_PoolIsEmpty()
    {
        ServiceState service = Service(0, 1);
        service.Rebind(Entry());
        Assert.Empty(service.Endpoints);
        Assert.Empty(service.Current.Cluster.Pool.Members);
        service.Rebind(Entry(5));
        Assert.Equal([5], Members(service));
    }

    [Fact]
    public async Task Rebind_WhilePicking_PicksAreAlwaysOfASnapshot()
    {
        // Every snapshot has three of ten endpoints, whose weights say which snapshot it is.
        ServiceState service = new(Snapshot(0), counterSlots: 1);
        using CancellationTokenSource done = new();
        Task[] pickers = [.. Enum.GetValues<BalanceMethod>().Select(_ => Task.Run(() => PickUntil(service, done.Token)))];
        for (int i = 1; i < 2000; i++)
        {
            service.Rebind(Snapshot(i));
            service.SetHealthy(service.Endpoints[i % 3], healthy: i % 2 == 0);
        }

        await done.CancelAsync();
        await Task.WhenAll(pickers);

        static ServiceEntry Snapshot(int i) => Sample.Entry(
            s_options with { Balance = (BalanceMethod)(i % 4) }, Enumerable.Range(0, 3).Select(k => Sample.Endpoint((i + k) % 10, 1 + (i % 3 * k))));

        static void PickUntil(ServiceState service, CancellationToken done)
        {
            for (int i = 0; !done.IsCancellationRequested; i++)
            {
                var bound = service.Current;
                int choice = bound.Policy.Pick(bound.Cluster.Pool, Sample.Client(i).Address, 0);
                Assert.Contains(bound.Cluster.Pool.Members[choice].Address, bound.Entry.Endpoints.Select(e => e.Address));
            }
        }
    }
}
