using BenchmarkDotNet.Attributes;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>The line of a watch event becomes an object.</summary>
public class WatchBenchmarks
{
    private readonly byte[] _service = WatchEvents.Service(1);
    private readonly byte[] _smallSlice = WatchEvents.Slice(1, endpoints: 3);

    /// <summary>As many endpoints as controllers put into one slice.</summary>
    private readonly byte[] _fullSlice = WatchEvents.Slice(1, endpoints: 100);

    private readonly ObjectDecoder _services = new(ResourceKind.Services);
    private readonly ObjectDecoder _slices = new(ResourceKind.EndpointSlices);

    [Benchmark]
    public IKubernetesObject? Service() => Decode(_services, _service);

    [Benchmark]
    public IKubernetesObject? SliceOf3() => Decode(_slices, _smallSlice);

    [Benchmark]
    public IKubernetesObject? SliceOf100() => Decode(_slices, _fullSlice);

    private static IKubernetesObject? Decode(ObjectDecoder decoder, byte[] line)
    {
        _ = WatchEventReader.Read(line, out ReadOnlySpan<byte> json);
        return decoder.Decode(json).Value ?? throw new InvalidOperationException("the event is no object");
    }
}
