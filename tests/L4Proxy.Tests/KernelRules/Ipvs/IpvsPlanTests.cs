using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Ipvs;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using L4Proxy.Tests.KernelRules.Nftables;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Ipvs;

/// <summary>What would be handed to the tools, against a file.</summary>
public sealed class IpvsPlanTests
{
    [Fact]
    public async Task Plan_EveryKindOfService_IsAsRecorded()
    {
        string path = Repository.PathOf("tests", "cases", "rules", "ipvs.txt");
        await using IpvsBalancing backend = new(new RulesOptions(), new HostTools(), NullLogger.Instance);

        string plan = backend.Plan(State());

        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            await File.WriteAllTextAsync(path, plan, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), plan);
    }

    [Fact]
    public async Task Plan_NoService_IsNothing()
    {
        await using IpvsBalancing backend = new(new RulesOptions(), new HostTools(), NullLogger.Instance);

        Assert.Equal("", backend.Plan(RulesText.State(RulesText.Family(IPFamily.IPv4))));
    }

    [Fact]
    public void Plan_ExcludedNetwork_HasNoServerThere()
    {
        RulesOptions options = new() { Ipvs = new IpvsOptions { ExcludeCIDRs = [IPNetwork.Parse("10.96.0.0/24")] } };

        IpvsState plan = new IpvsPlanner(options).Plan(State(), HostAddresses.None);

        Assert.DoesNotContain(plan.Servers.Keys, k => k.Address.Address.ToString().StartsWith("10.96.0.", StringComparison.Ordinal));
        Assert.Contains(plan.Servers.Keys, k => k.IsIPv6);
    }

    [Fact]
    public void Plan_AddressThatTheHostHas_IsServedAndNotAdded()
    {
        HostAddresses host = new([IPAddress.Parse("198.51.100.20")], null, "");

        IpvsState plan = new IpvsPlanner(new RulesOptions()).Plan(State(), host);

        Assert.Contains(plan.Servers.Keys, k => k.Address.Equals(IPEndPoint.Parse("198.51.100.20:80")));
        Assert.DoesNotContain(IPAddress.Parse("198.51.100.20"), plan.Addresses);
        Assert.Contains(plan.Servers.Keys, k => k.Address.Equals(IPEndPoint.Parse("198.51.100.20:30080")));
    }

    private static RulesState State()
    {
        ServiceRules web = RulesText.Service("web", "10.96.0.10", "10.244.1.11:8080", "10.244.2.12:8080") with
        {
            NodePort = 30080,
            ExternalAddresses = [RulesText.External("198.51.100.20", "203.0.113.0/24", "203.0.114.7/32"), RulesText.External("198.51.100.21", "0.0.0.0/0")],
            Weights = ImmutableDictionary<IPEndPoint, int>.Empty.Add(IPEndPoint.Parse("10.244.2.12:8080"), 3),
            Options = ServiceOptions.Default with { IpvsScheduler = IpvsScheduler.WeightedRoundRobin },
        };
        ServiceRules local = RulesText.Service("local", "10.96.0.11", "10.244.1.11:8080", "10.244.2.12:8080") with
        {
            ExternalAddresses = [RulesText.External("198.51.100.22")],
            ExternalScope = EndpointScope.Local,
            LocalEndpoints = [IPEndPoint.Parse("10.244.1.11:8080")],
            AffinitySeconds = 10800,
        };
        ServiceRules elsewhere = RulesText.Service("elsewhere", "10.96.0.12", "10.244.2.12:8080") with
        {
            ExternalAddresses = [RulesText.External("198.51.100.23")],
            InternalScope = EndpointScope.Local,
            ExternalScope = EndpointScope.Local,
        };
        ServiceRules none = RulesText.Service("none", "10.96.0.13") with { Key = new ServicePortKey("demo", "none", "dns", ServiceProtocol.Udp) };
        ServiceRules maglev = RulesText.Service("maglev", "fd00:10:96::10", "[fd00:10:244::11]:8080") with
        {
            Key = new ServicePortKey("demo", "maglev", "", ServiceProtocol.Sctp),
            Options = ServiceOptions.Default with { IpvsScheduler = IpvsScheduler.MaglevHash },
        };
        return new RulesState(
            RulesText.Family(IPFamily.IPv4, web, local, elsewhere, none) with { PodNetworks = [IPNetwork.Parse("10.244.0.0/16")], NodePortsOnAllAddresses = true, HealthCheckPorts = [new("demo/local", 32001)] },
            RulesText.Family(IPFamily.IPv6, maglev));
    }
}
