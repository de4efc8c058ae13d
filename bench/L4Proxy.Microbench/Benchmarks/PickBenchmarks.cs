using BenchmarkDotNet.Attributes;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>An endpoint for a new connection, as each accepted client asks for one.</summary>
public class PickBenchmarks
{
    private readonly EndpointPicker _picker = new();
    private ServiceState _service = null!;
    private uint _client;

    [Params(3, 100, 10_000)]
    public int Endpoints { get; set; }

    [Params(BalanceMethod.RoundRobin, BalanceMethod.LeastConnections, BalanceMethod.Random, BalanceMethod.SourceHash)]
    public BalanceMethod Method { get; set; }

    [GlobalSetup]
    public void Setup() => _service = new ServiceState(Entries.Of(0, Endpoints, ServiceOptions.Default with { Balance = Method }), counterSlots: 1);

    [Benchmark]
    public EndpointState? Pick()
    {
        _picker.Begin(_service, ClientAddress.FromIPv4(++_client, 40_000), EndpointScope.Cluster);
        EndpointState? endpoint = _picker.Pick(nowMs: 1_000, beside: false, trialHoldMs: 1_000, out _);
        _picker.End();
        return endpoint;
    }
}
