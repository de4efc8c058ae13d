using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Tools;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace L4Proxy.Tests.KernelRules.Iptables;

/// <summary>
/// Plans, which are compared with tests/cases/iptables (written with L4PROXY_UPDATE_CASES=1), and what holds for all of them: the tool
/// accepts them, and small steps lead where a full application leads.
/// </summary>
public sealed class BalancingPlanTests
{
    private static readonly RulesOptions s_options = new();

    /// <summary>Services that differ in what a step can change; few, so that they meet in a sequence of states.</summary>
    private static readonly Gen<FamilyRules> s_state =
        from services in Gen.CollectToArray(Enumerable.Range(0, 4), ServiceOrNone)
        select SampleRules.IPv4(services.OfType<ServiceRules>());

    private static readonly Gen<string> s_hostile =
        from text in Gen.ListOf(Gen.Elements('a', ' ', '"', '\\', '\'', '\n', '\r', '\0', '\t', ';', '#', '-', ':', '$', 'é', '\ud83d', '\u2028'))
        from length in Gen.Elements(1, 1, 300)
        select string.Concat(Enumerable.Repeat(string.Concat(text), length));

    [Theory]
    [InlineData("balancing")]
    [InlineData("masquerade-all")]
    [InlineData("without-pod-networks")]
    [InlineData("node-port-addresses")]
    [InlineData("capture")]
    [InlineData("capture-transparent")]
    public void Plan_Sample_IsTheCase(string name)
    {
        RulesState state = name switch
        {
            "without-pod-networks" => SampleRules.All with { IPv4 = SampleRules.All.IPv4 with { PodNetworks = [] } },
            "node-port-addresses" => SampleRules.All with
            {
                IPv4 = SampleRules.All.IPv4 with { NodePortsOnAllAddresses = false, NodePortAddresses = [IPAddress.Parse("192.168.50.1"), IPAddress.Loopback] },
                IPv6 = SampleRules.All.IPv6 with { NodePortsOnAllAddresses = false, NodePortAddresses = [IPAddress.Parse("fd00:9::1"), IPAddress.IPv6Loopback] },
            },
            _ => SampleRules.All,
        };
        RulesOptions options = s_options with
        {
            MasqueradeAll = name == "masquerade-all",
            LocalhostNodePorts = name != "masquerade-all",
            CapturePort = 10261,
            TransparentSource = name == "capture-transparent",
        };
        IHostTools tools = new NoTools();
        IRulesBackend backend = name.StartsWith("capture", StringComparison.Ordinal)
            ? new IptablesCapture(options, tools, NullLogger.Instance)
            : new IptablesBalancing(options, tools, NullLogger.Instance);

        string actual = backend.Plan(state);

        string file = Repository.PathOf("tests", "cases", "iptables", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("L4PROXY_UPDATE_CASES") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }

    [Fact]
    public void Chains_KubeProxysNames_AreDerivedAlike()
    {
        // As kube-proxy v1.36 names the chain of the Service port demo/web:http, and of its endpoint 10.244.1.11:8080.
        Assert.Equal("L4P-SVC-XRY76EGRC3BSCIIJ", ChainNames.Of(ChainNames.ServicePrefix, "demo/web:http", "tcp"));
        Assert.Equal("L4P-SEP-4R67FX26EEAQJQLI", ChainNames.Of(ChainNames.EndpointPrefix, "demo/web:http", "tcp", "10.244.1.11:8080"));
    }

    [Fact]
    public void Full_MoreEndpointsThanCommentsAreWorth_HasNoneForServices()
    {
        string[] endpoints = [.. Enumerable.Range(0, RuleContext.CommentedEndpoints + 1).Select(i => $"10.50.{i / 250}.{i % 250}:80")];

        string text = BalancingPlan.Full(SampleRules.IPv4(SampleRules.Service("big", "172.20.0.9", endpoints)), s_options).ToString();

        Assert.DoesNotContain("default/big", text, StringComparison.Ordinal);
        Assert.Contains("l4proxy", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_OneEndpoint_CostsWhatChanged()
    {
        ServiceRules[] services =
            [.. Enumerable.Range(0, 500).Select(i => SampleRules.Service($"s{i:D3}", $"172.20.1.{i % 250}", ["10.50.1.1:80", "10.50.2.1:80"]))];
        FamilyRules before = SampleRules.IPv4(services);
        services[250] = services[250] with { ClusterEndpoints = [IPEndPoint.Parse("10.50.1.1:80"), IPEndPoint.Parse("10.50.2.2:80")] };

        RestoreInput input = BalancingPlan.Change(before, SampleRules.IPv4(services), s_options, RuleContext.Of(before, s_options));

        // The Service's chain with its three rules, the new endpoint's with two, the old endpoint's emptied and removed.
        Assert.Equal(9, input.Lines);
        Assert.DoesNotContain("L4P-SERVICES", input.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Repair_InSeveralTransactions_NeverJumpsToAChainThatIsNotThere()
    {
        FamilyRules many = SampleRules.IPv4(Enumerable.Range(0, 400).Select(i => Named(
            SampleRules.Everything, SampleRules.Service($"s{i:D3}", $"172.20.{i / 250}.{i % 250}", []), i)));
        RulesOptions options = s_options with { MasqueradeAll = true };
        RestoreModel model = new();

        string text = BalancingPlan.Full(many, options).ToString(splits: true);
        model.Restore(text);

        Assert.InRange(text.Split("*nat").Length - 1, 4, 10);
        AssertSame(BalancingPlan.Full(many, options), model);
        FamilyRules few = SampleRules.IPv4(SampleRules.Plain);
        model.Restore(BalancingPlan.Repair(few, options, RuleContext.Of(few, options), SavedTables.Parse(model.Saved)).ToString(splits: true));
        AssertSame(BalancingPlan.Full(few, options), model);
    }

    [Fact]
    public void Steps_FromStateToState_LeadWhereAFullApplicationLeads() => Prop.ForAll(Arb.From(Gen.ListOf(s_state)), states =>
    {
        RestoreModel model = new();
        FamilyRules before = SampleRules.IPv4();
        RuleContext context = RuleContext.Of(before, s_options);
        RuleTotals totals = new();
        model.Restore(BalancingPlan.Repair(before, s_options, context, SavedTables.Parse(""), totals).ToString());
        foreach (FamilyRules state in states)
        {
            RuleContext next = RuleContext.Of(state, s_options);
            totals = next == context ? totals : new RuleTotals();
            model.Restore((next == context
                ? BalancingPlan.Change(before, state, s_options, context, totals)
                : BalancingPlan.Repair(state, s_options, next, SavedTables.Parse(model.Saved), totals)).ToString());
            AssertCounted(totals, model);
            (before, context) = (state, next);
            AssertSame(BalancingPlan.Full(state, s_options), model);
            Assert.True(BalancingPlan.Repair(state, s_options, next, SavedTables.Parse(model.Saved)).IsEmpty);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Repair_AnyLeftovers_LeadsWhereAFullApplicationLeads() => Prop.ForAll(Arb.From(s_state), Arb.From(s_state), (old, @new) =>
    {
        RestoreModel model = new();
        model.Restore(BalancingPlan.Full(old, s_options).ToString());
        model.Restore("*nat\n:FOREIGN - [0:0]\n-I PREROUTING 1 -j FOREIGN\n-A PREROUTING -m comment --comment \"l4proxy services\" -j L4P-SERVICES\n"
            + "-A INPUT -j L4P-SERVICES\n:L4P-SVC-GONE - [0:0]\n-A L4P-SERVICES -d 1.2.3.4/32 -j L4P-SVC-GONE\n:L4P-MARK-MASQ - [0:0]\nCOMMIT\n");

        model.Restore(BalancingPlan.Repair(@new, s_options, RuleContext.Of(@new, s_options), SavedTables.Parse(model.Saved)).ToString());

        model.Restore("*nat\n-D PREROUTING -j FOREIGN\n-X FOREIGN\nCOMMIT\n");
        AssertSame(BalancingPlan.Full(@new, s_options), model);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Full_NamesOfAnyKind_StayInsideTheirWords() => Prop.ForAll(Arb.From(s_hostile), Arb.From(s_hostile), (name, port) =>
    {
        ServiceRules service = SampleRules.Everything with { Key = new ServicePortKey(name, name, port, ServiceProtocol.Tcp) };
        string text = BalancingPlan.Full(SampleRules.IPv4(service, SampleRules.Elsewhere), s_options).ToString();
        string plain = BalancingPlan.Full(SampleRules.IPv4(SampleRules.Everything, SampleRules.Elsewhere), s_options).ToString();

        new RestoreModel().Restore(text);
        Assert.Equal(plain.Count(c => c == '\n'), text.Count(c => c == '\n'));
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = RestoreModel.Words(line);
            int comment = Array.IndexOf(words, "--comment");
            Assert.True(comment < 0 || Encoding.UTF8.GetByteCount(words[comment + 1].Trim('"')) <= 255);
        }
    }).QuickCheckThrowOnFailure();

    private static void AssertSame(RestoreInput full, RestoreModel actual)
    {
        RestoreModel expected = new();
        expected.Restore(full.ToString());
        Assert.Equal(expected.Listing.Order(StringComparer.Ordinal), actual.Listing.Order(StringComparer.Ordinal));
    }

    /// <summary>All rules but the jumps of built-in chains.</summary>
    private static void AssertCounted(RuleTotals totals, RestoreModel model)
    {
        foreach (IptablesTable table in (IptablesTable[])[IptablesTable.Filter, IptablesTable.Nat])
        {
            string prefix = $"{SavedTables.NameOf(table)} L4P-";
            Assert.Equal(model.Listing.Count(l => l.StartsWith(prefix, StringComparison.Ordinal) && !l.EndsWith(' ')), totals[table]);
        }
    }

    private static Gen<ServiceRules?> ServiceOrNone(int number) =>
        from kind in Gen.Elements(SampleRules.Plain, SampleRules.Everything, SampleRules.External, SampleRules.Elsewhere, SampleRules.Empty, null)
        from endpoints in Gen.SubListOf("10.50.1.11:8080", "10.50.1.12:8080", "10.50.2.11:8080")
        from keeps in Gen.Elements(true, false)
        from affinity in Gen.Elements(0, 0, 60)
        let other = SampleRules.Service($"s{number}", $"172.20.3.{number}", [.. endpoints])
        select kind is null ? null : Named(keeps ? kind : WithEndpoints(kind, other, affinity), other, number);

    private static ServiceRules WithEndpoints(ServiceRules kind, ServiceRules other, int affinity)
    {
        ServiceRules mixed = kind with { ClusterEndpoints = other.ClusterEndpoints, LocalEndpoints = other.LocalEndpoints };
        return mixed with { HasAnyEndpoint = other.HasAnyEndpoint, AffinitySeconds = affinity };
    }

    private static ServiceRules Named(ServiceRules kind, ServiceRules other, int number)
    {
        int nodePort = kind.NodePort == 0 ? 0 : 31000 + number;
        return kind with { Key = other.Key, ClusterIPs = other.ClusterIPs, NodePort = nodePort };
    }
}
