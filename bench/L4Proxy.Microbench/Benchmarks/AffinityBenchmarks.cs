using BenchmarkDotNet.Attributes;
using L4Proxy.DataPlane.Dialing;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>An endpoint for a new connection to a Service with affinity whose table of pins is full.</summary>
public class AffinityBenchmarks
{
    private const int Pins = 10_000;

    private readonly EndpointPicker _picker = new();
    private ServiceState _service = null!;
    private uint _known;
    private uint _new = Pins;

    [GlobalSetup]
    public void Setup()
    {
        AffinityOptions affinity = new() { Kind = AffinityKind.ClientIP, MaxEntries = Pins };
        _service = new ServiceState(Entries.Of(0, 100, ServiceOptions.Default with { Affinity = affinity }), counterSlots: 1);

        // Twice as many as fit, so that each stripe of the table is full.
        for (int i = 0; i < 2 * Pins; i++)
        {
            Miss();
        }

        _known = _new;
    }

    /// <summary>A client that has a pin: the one that was last given one.</summary>
    [Benchmark]
    public EndpointState? Hit() => Pick(_known);

    /// <summary>A client that has none: it gets one, and another client loses its own.</summary>
    [Benchmark]
    public EndpointState? Miss() => Pick(++_new);

    private EndpointState? Pick(uint client)
    {
        _picker.Begin(_service, ClientAddress.FromIPv4(client, 40_000), EndpointScope.Cluster);
        EndpointState? endpoint = _picker.Pick(nowMs: 1_000, beside: false, trialHoldMs: 1_000, out _);
        _picker.End();
        return endpoint;
    }
}
