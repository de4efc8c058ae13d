using L4Proxy.DataPlane.Balancing;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.Balancing;

/// <summary>A Service port whose frontends lead some clients to local endpoints alone.</summary>
public sealed class ServiceBinderScopeTests
{
    private static readonly ServiceOptions s_options = new() { Ejection = new EjectionOptions { ConsecutiveFailures = 1, MaxPercent = 50 } };

    [Fact]
    public void Bind_NoFrontendNamesLocal_HasNoLocalSet()
    {
        ServiceState service = Service(EndpointScope.Cluster, Endpoint(0), Endpoint(1, local: true));
        Assert.Null(service.Current.Local);
        Assert.Same(service.Current.Cluster.Eligible, service.Current.Cluster.Usable);
        Assert.False(service.At(1).IsEligibleIn(EndpointScopes.Local));
        Assert.Same(service.Current.Cluster, service.Current.In(EndpointScope.Local, isIPv4: true));
    }

    [Fact]
    public void Bind_EachScope_HasItsOwn()
    {
        ServiceState service = Service(
            EndpointScope.Local, Endpoint(0), Endpoint(1, local: true), Endpoint(2, usable: false, local: true), Endpoint(3, usable: false));
        Assert.Equal([0, 1], Indexes(service.Current.Cluster));
        Assert.Equal([1, 2], Indexes(service.Current.Local!));
        Assert.Equal([0, 1, 2], service.Endpoints.Select(e => e.Index()));
    }

    [Fact]
    public void Bind_WeightsInOneScope_SayNothingOfTheOther()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0) with { Weight = 5 }, Endpoint(1, usable: false, local: true) with { Weight = 0 });
        Assert.Equal([0], Indexes(service.Current.Cluster));
        Assert.Equal([1], Indexes(service.Current.Local!));
    }

    [Fact]
    public void Rebind_EndpointChangesScope_KeepsItsStateAndMarks()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0), Endpoint(1), Endpoint(2, local: true));
        EndpointState state = service.At(0);
        Fail(service, 0);
        Assert.True(state.Ejected);
        service.Rebind(Entry(EndpointScope.Local, Endpoint(0, usable: false, local: true), Endpoint(1), Endpoint(2, local: true)));
        Assert.Same(state, service.At(0));
        Assert.True(state.Ejected);
        Assert.Equal([2], Indexes(service.Current.Local!.Pool));
    }

    [Fact]
    public void Rebind_PolicyBackToCluster_LateLocalClientsAreServed()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0), Endpoint(1, local: true));
        service.Rebind(Entry(EndpointScope.Cluster, Endpoint(0), Endpoint(1, local: true)));
        Assert.Equal([0, 1], Indexes(service.Current.In(EndpointScope.Local, isIPv4: true)));
    }

    [Fact]
    public void Failed_OnlyLocalEndpoint_IsEjectedForTheClusterAndStaysLocally()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0), Endpoint(1), Endpoint(2, local: true));
        Fail(service, 2);
        Assert.Equal([0, 1], Indexes(service.Current.Cluster.Pool));
        Assert.True(service.Current.Local!.Pool.IsFallback);
        Assert.Equal([2], Indexes(service.Current.Local.Pool));
        PassiveEjection.Succeeded(service, service.At(2));
        Assert.Equal([0, 1, 2], Indexes(service.Current.Cluster.Pool));
        Assert.False(service.Current.Local.Pool.IsFallback);
    }

    [Fact]
    public void Failed_LocalOnlyEndpoints_AreLimitedAmongTheLocal()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0), Endpoint(1, usable: false, local: true), Endpoint(2, usable: false, local: true));
        Fail(service, 1);
        Fail(service, 2);
        Assert.Equal([2], Indexes(service.Current.Local!.Pool));
        Assert.Equal([0], Indexes(service.Current.Cluster.Pool));
    }

    [Fact]
    public void ClaimTrial_EndpointOfTheOtherScope_IsNotGiven()
    {
        ServiceState service = Service(EndpointScope.Local, Endpoint(0), Endpoint(1), Endpoint(2, local: true), Endpoint(3, local: true));
        Fail(service, 0);
        long due = service.NextTrialMs(EndpointScope.Cluster, isIPv4: true);
        Assert.Equal(long.MaxValue, service.NextTrialMs(EndpointScope.Local, isIPv4: true));
        Assert.Null(PassiveEjection.ClaimTrial(service, EndpointScope.Local, isIPv4: true, due, holdMs: 10));
        Assert.Same(service.At(0), PassiveEjection.ClaimTrial(service, EndpointScope.Cluster, isIPv4: true, due, holdMs: 10));
    }

    private static void Fail(ServiceState service, int endpoint) =>
        PassiveEjection.Failed(service, service.At(endpoint), timeout: false, trial: false, nowMs: 0);

    private static EndpointEntry Endpoint(int index, bool usable = true, bool local = false) =>
        Sample.Endpoint(index, usable: usable) with { UsableLocally = local };

    private static ServiceEntry Entry(EndpointScope fromOutside, params IEnumerable<EndpointEntry> endpoints) =>
        Sample.Entry(s_options, endpoints) with { Frontends = [Sample.Frontend(fromOutside: fromOutside)] };

    private static ServiceState Service(EndpointScope fromOutside, params IEnumerable<EndpointEntry> endpoints) =>
        new(Entry(fromOutside, endpoints), counterSlots: 1);

    private static IEnumerable<int> Indexes(ScopedEndpoints endpoints) => endpoints.Eligible.Select(e => e.Index());

    private static IEnumerable<int> Indexes(EndpointPool pool) => pool.Members.Select(e => e.Index());
}
