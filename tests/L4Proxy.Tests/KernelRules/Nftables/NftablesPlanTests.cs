using System.Net;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static L4Proxy.Tests.KernelRules.Nftables.RulesText;

namespace L4Proxy.Tests.KernelRules.Nftables;

/// <summary>Plans are compared with <c>tests/cases/nftables</c>; with L4PROXY_UPDATE_CASES=1 the files are written instead.</summary>
public sealed partial class NftablesPlanTests
{
    private static readonly RulesOptions s_options = new() { CapturePort = 10261 };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    private static readonly Dictionary<string, (RulesOptions Options, RulesState State)> s_cases = new(StringComparer.Ordinal)
    {
        ["nothing"] = (s_options, State(Family(IPFamily.IPv4))),
        ["every-kind"] = (s_options, State(EveryKind())),
        ["ipv6"] = (s_options, State(IPv6())),
        ["masquerade-all"] = (s_options with { MasqueradeAll = true, MasqueradeBit = 20 }, State(Family(IPFamily.IPv4, Service("web", "10.96.1.1", "10.244.1.11:8080")))),
        ["transparent"] = (s_options with { TransparentSource = true }, State(EveryKind())),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Plan_OfBalancing_IsTheOneOnFile(string name)
    {
        await using var backend = new NftablesBalancing(s_cases[name].Options, new HostTools(), NullLogger.Instance);
        await CompareAsync($"balancing-{name}.nft", backend.Plan(s_cases[name].State));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Plan_OfCapture_IsTheOneOnFile(string name)
    {
        await using var backend = new NftablesCapture(s_cases[name].Options, new HostTools(), NullLogger.Instance);
        await CompareAsync($"capture-{name}.nft", backend.Plan(s_cases[name].State));
    }

    [Fact]
    public void Plan_OfAnyNames_HasNothingOfThemButLettersInNamesAndQuotes() =>
        Prop.ForAll<string, string, string>((space, name, port) =>
        {
            ServiceRules service = Hostile(space, name, port);
            string plan = PlanOf(service) + CapturePlanOf(service);
            return plan.Split('\n').All(l => Line.IsMatch(l));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\" ; flush ruleset ; add table ip x \"")]
    [InlineData("a\nflush ruleset\n")]
    [InlineData("} } # \\\" ' $x `")]
    [InlineData("näme-Ünïcode-\u0000-\u2028")]
    public async Task Plan_OfHostileNames_IsTakenByNft(string name)
    {
        Requires.Root();
        Requires.Program("nft");
        await using var space = await Testing.Processes.NetworkNamespace.CreateAsync();
        await using var backend = new NftablesBalancing(s_options, new NamespaceTools(space), NullLogger.Instance);
        string longName = string.Concat(Enumerable.Repeat(name, 40));
        RulesState state = State(Family(IPFamily.IPv4, Hostile(name, longName, name), Hostile(name, longName + "2", name, port: 81)));
        await backend.ApplyAsync(state, full: false, CancellationToken.None);
        Assert.Empty(await backend.DiffAsync(state, CancellationToken.None));
    }

    [Fact]
    public void Name_OfLongNames_IsWithinNftsLimitAndDistinct()
    {
        string name = new('x', 300);
        string[] names = [.. Enumerable.Range(0, 100).Select(i => NftText.Name("service", new ServicePortKey("ns", name + i, "", ServiceProtocol.Tcp)))];
        Assert.All(names, n => Assert.True(n.Length <= NftText.MaxName));
        Assert.Equal(100, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Networks_WithinOthers_AreLeftOut() =>
        Assert.Equal(
            ["10.0.0.0/8", "192.168.1.0/24"],
            NftText.Networks(Networks("10.1.0.0/16", "10.0.0.0/8", "fd00::/8", "192.168.1.0/24", "10.1.2.3/32", "10.0.0.0/8"), isIPv6: false));

    /// <summary>A line of a plan: nothing but words of ours, names, addresses, and comments whose quotes end on the line.</summary>
    [GeneratedRegex("""^(\t?[A-Za-z0-9 _./:;,|&^!=<>@{}\[\]()#-]*("[A-Za-z0-9 _./:,()+@?-]{0,127}")?[A-Za-z0-9 _./:,{}\[\]-]*)$""", RegexOptions.None, 1000)]
    private static partial Regex Line { get; }

    private static IEnumerable<IPNetwork> Networks(params IEnumerable<string> networks) => networks.Select(IPNetwork.Parse);

    private static string PlanOf(ServiceRules service) =>
        new NftablesBalancing(s_options, new HostTools(), NullLogger.Instance).Plan(State(Family(IPFamily.IPv4, service)));

    private static string CapturePlanOf(ServiceRules service) =>
        new NftablesCapture(s_options, new HostTools(), NullLogger.Instance).Plan(State(Family(IPFamily.IPv4, service)));

    private static ServiceRules Hostile(string? space, string? name, string? portName, int port = 80) =>
        Service("x", "10.96.1.1", "10.244.1.11:8080") with
        {
            Key = new ServicePortKey(space ?? "", name ?? "", portName ?? "", ServiceProtocol.Tcp),
            Port = port,
            NodePort = 30000 + port,
            AffinitySeconds = 10,
            ExternalAddresses = [External("203.0.113.1", "198.51.100.0/24")],
        };

    private static FamilyRules EveryKind()
    {
        ServiceRules web = Service("web", "10.96.1.1", "10.244.1.11:8080", "10.244.1.12:8080", "10.244.2.11:8080") with
        {
            EndpointsOnThisNode = [IPEndPoint.Parse("10.244.1.11:8080"), IPEndPoint.Parse("10.244.1.12:8080")],
        };
        ServiceRules local = web with
        {
            Key = web.Key with { Name = "web-lb-local" },
            ClusterIPs = [IPAddress.Parse("10.96.1.2")],
            NodePort = 30080,
            ExternalAddresses = [External("203.0.113.11"), External("203.0.113.12", "198.51.100.0/24", "198.51.100.7/32", "fd00::/8")],
            LocalEndpoints = [IPEndPoint.Parse("10.244.1.11:8080")],
            ExternalScope = EndpointScope.Local,
        };
        ServiceRules dns = Service("dns", "10.96.1.3", "10.244.1.31:5353") with
        {
            Key = new ServicePortKey("demo", "dns", "dns", ServiceProtocol.Udp),
            Port = 53,
            NodePort = 30053,
        };
        ServiceRules sticky = local with
        {
            Key = web.Key with { Name = "sticky" },
            ClusterIPs = [IPAddress.Parse("10.96.1.4")],
            NodePort = 30081,
            ExternalAddresses = [],
            AffinitySeconds = 600,
        };
        ServiceRules empty = Service("empty", "10.96.1.5") with { NodePort = 30082, ExternalAddresses = [External("203.0.113.13")] };
        ServiceRules elsewhere = Service("elsewhere", "10.96.1.6", "10.244.2.11:8080") with
        {
            NodePort = 30083,
            ExternalAddresses = [External("203.0.113.14")],
            InternalScope = EndpointScope.Local,
            ExternalScope = EndpointScope.Local,
        };
        ServiceRules sctp = Service("sctp", "10.96.1.7", "10.244.2.21:7777") with { Key = new ServicePortKey("demo", "sctp", "s", ServiceProtocol.Sctp), Port = 7777 };
        return Family(IPFamily.IPv4, web, local, dns, sticky, empty, elsewhere, sctp) with
        {
            PodNetworks = [.. Networks("10.244.0.0/16")],
            ServiceNetworks = [.. Networks("10.96.0.0/16")],
            NodePortAddresses = [IPAddress.Parse("192.168.77.1")],
        };
    }

    private static FamilyRules IPv6() =>
        Family(
            IPFamily.IPv6,
            Service("web", "fd96::1", "[fd44:1::11]:8080", "[fd44:2::11]:8080") with { NodePort = 30080 },
            Service("web-affinity", "fd96::2", "[fd44:1::11]:8080") with { AffinitySeconds = 10800 }) with
        {
            PodNetworks = [.. Networks("fd44::/16")],
            ServiceNetworks = [.. Networks("fd96::/112")],
            NodePortsOnAllAddresses = true,
        };

    private static async Task CompareAsync(string file, string plan)
    {
        string path = Repository.PathOf("tests", "cases", "nftables", file);
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            await File.WriteAllTextAsync(path, plan);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), plan);
    }
}
