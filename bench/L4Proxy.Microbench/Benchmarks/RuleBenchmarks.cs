using System.Collections.Immutable;
using System.Net;
using BenchmarkDotNet.Attributes;
using L4Proxy.ControlPlane;
using L4Proxy.ControlPlane.KernelRules;
using L4Proxy.ControlPlane.KernelRules.Iptables;
using L4Proxy.ControlPlane.KernelRules.Nftables;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>What the kernel's tools are told of 1,000 Services with 10 endpoints each.</summary>
public class RuleBenchmarks
{
    private const int Services = 1_000;
    private const int Endpoints = 10;

    private static readonly RulesOptions s_options = new();

    private FamilyRules _rules = null!;
    private FamilyRules _changed = null!;
    private FamilyTable _table = null!;
    private RuleContext _context = null!;
    private bool _isOther;

    [GlobalSetup]
    public void Setup()
    {
        RulesModel model = new(s_options);
        ImmutableArray<ServiceEntry> entries = Entries.Table(Services, Endpoints);
        _rules = model.Of(Snapshot(entries)).IPv4;
        _changed = model.Of(Snapshot(Entries.WithOneChange(entries))).IPv4;
        _context = RuleContext.Of(_rules, s_options);
        _table = NewTable();
        _table.Change(_rules, new NftScript());
    }

    [Benchmark]
    public string NftablesEverything()
    {
        NftScript script = new();
        NewTable().Write(_rules, existing: null, script);
        return script.ToString();
    }

    [Benchmark]
    public string NftablesOneEndpoint()
    {
        NftScript script = new();
        _isOther = !_isOther;
        _table.Change(_isOther ? _changed : _rules, script);
        return script.ToString();
    }

    [Benchmark]
    public string IptablesEverything() => BalancingPlan.Full(_rules, s_options).ToString();

    [Benchmark]
    public string IptablesOneEndpoint() => BalancingPlan.Change(_rules, _changed, s_options, _context).ToString();

    private static FamilyTable NewTable() => new(new BalancingPlanner(s_options, "l4proxy"), isIPv6: false);

    private static SourceSnapshot Snapshot(ImmutableArray<ServiceEntry> entries) => new(new ServiceTable(entries), [])
    {
        PodNetworks = NetworkSet.Of([IPNetwork.Parse("10.128.0.0/14")]),
    };
}
