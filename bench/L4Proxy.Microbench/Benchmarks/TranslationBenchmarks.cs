using System.Net;
using BenchmarkDotNet.Attributes;
using L4Proxy.ControlPlane.Kubernetes.Json;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using L4Proxy.ControlPlane.Translation;
using L4Proxy.ControlPlane.Translation.Objects;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>Objects of a cluster with 10,000 Services of 10 endpoints each become a table.</summary>
public class TranslationBenchmarks
{
    private const int Services = 10_000;
    private const int Endpoints = 10;

    private static readonly TranslationOptions s_options = new()
    {
        Listen = ListenMode.Captured,
        NodeName = "node-1",
        ClusterNetworks = [IPNetwork.Parse("10.128.0.0/14")],
    };

    private Service[] _services = [];
    private EndpointSlice[] _slices = [];
    private EndpointSlice _changed = null!;
    private LiveTranslator _live = null!;
    private bool _isOther;

    [GlobalSetup]
    public void Setup()
    {
        ObjectDecoder services = new(ResourceKind.Services);
        ObjectDecoder slices = new(ResourceKind.EndpointSlices);
        _services = [.. Enumerable.Range(0, Services).Select(i => Decode<Service>(services, WatchEvents.Service(i)))];
        _slices = [.. Enumerable.Range(0, Services).Select(i => Decode<EndpointSlice>(slices, WatchEvents.Slice(i, Endpoints)))];
        _changed = Decode<EndpointSlice>(slices, WatchEvents.Slice(Services / 2, Endpoints, shift: Services * Endpoints));
        _live = Translated();
    }

    /// <summary>All of them, from nothing.</summary>
    [Benchmark]
    public TranslationResult Everything() => Translated().Build();

    /// <summary>Other endpoints of one Service.</summary>
    [Benchmark]
    public TranslationResult OneSlice()
    {
        _isOther = !_isOther;
        _live.Set(_isOther ? _changed : _slices[Services / 2]);
        return _live.Build();
    }

    private static T Decode<T>(ObjectDecoder decoder, byte[] line)
        where T : IKubernetesObject
    {
        _ = WatchEventReader.Read(line, out ReadOnlySpan<byte> json);
        return (T)decoder.Decode(json).Value!;
    }

    private LiveTranslator Translated()
    {
        LiveTranslator translator = new(s_options, new FixedHost());
        foreach (Service service in _services)
        {
            translator.Set(service);
        }

        foreach (EndpointSlice slice in _slices)
        {
            translator.Set(slice);
        }

        return translator;
    }
}
