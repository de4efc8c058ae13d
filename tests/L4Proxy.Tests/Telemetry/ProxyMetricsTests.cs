using System.Diagnostics.Metrics;
using System.Net;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace L4Proxy.Tests.Telemetry;

public sealed class ProxyMetricsTests : IDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly EngineCounters _engine = new();
    private readonly ServiceState _service = new(
        new ServiceEntry
        {
            Key = new ServicePortKey("default", "web", "http", ServiceProtocol.Tcp),
            Frontends = [],
            Endpoints = [new EndpointEntry { Address = new IPEndPoint(IPAddress.Loopback, 19001) }],
        },
        counterSlots: 2);

    public ProxyMetricsTests() =>
        _ = new ProxyMetrics(_provider.GetRequiredService<IMeterFactory>(), () => [_service], _engine);

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void Connections_OnSeveralLoops_AreAddedUp()
    {
        _service.CountersFor(0).Accept();
        _service.CountersFor(0).Accept();
        _service.CountersFor(1).Accept();
        _service.CountersFor(1).Close(CloseReason.Finished, discarded: 0);
        _service.CountersFor(0).Close(CloseReason.ConnectFailed, discarded: 7, retries: 2);

        Dictionary<string, long> values = Collect();
        Assert.Equal(3, values["l4proxy.connections.accepted{l4proxy.service=default/web:http}"]);
        Assert.Equal(1, values["l4proxy.connections.active{l4proxy.service=default/web:http}"]);
        Assert.Equal(1, values["l4proxy.connections.closed{l4proxy.service=default/web:http,l4proxy.reason=--}"]);
        Assert.Equal(1, values["l4proxy.connections.closed{l4proxy.service=default/web:http,l4proxy.reason=SC}"]);
        Assert.Equal(2, values.Keys.Count(k => k.StartsWith("l4proxy.connections.closed", StringComparison.Ordinal)));
        Assert.Equal(7, values["l4proxy.io.discarded{l4proxy.service=default/web:http}"]);
        Assert.Equal(2, values["l4proxy.connections.retries{l4proxy.service=default/web:http}"]);
    }

    [Fact]
    public void Bytes_EachDirection_IsItsOwnSeries()
    {
        _service.CountersFor(0).AddUp(received: 10, sent: 9);
        _service.CountersFor(1).AddDown(received: 100, sent: 90);

        Dictionary<string, long> values = Collect();
        Assert.Equal(10, values["l4proxy.io.received{l4proxy.service=default/web:http,l4proxy.direction=up}"]);
        Assert.Equal(100, values["l4proxy.io.received{l4proxy.service=default/web:http,l4proxy.direction=down}"]);
        Assert.Equal(9, values["l4proxy.io.sent{l4proxy.service=default/web:http,l4proxy.direction=up}"]);
        Assert.Equal(90, values["l4proxy.io.sent{l4proxy.service=default/web:http,l4proxy.direction=down}"]);
    }

    [Fact]
    public void Endpoints_DialsAndMarks_AreShown()
    {
        EndpointState endpoint = _service.Endpoints[0];
        endpoint.CountConnection();
        endpoint.CountDialFailure();
        endpoint.CountDialFailure();
        endpoint.CountDialTimeout();
        endpoint.CountEjection();
        endpoint.Acquire();

        Dictionary<string, long> values = Collect();
        const string Tags = "{l4proxy.service=default/web:http,l4proxy.endpoint=127.0.0.1:19001}";
        Assert.Equal(1, values["l4proxy.endpoint.connections" + Tags]);
        Assert.Equal(1, values["l4proxy.endpoint.connections.active" + Tags]);
        Assert.Equal(2, values["l4proxy.endpoint.dial.failures" + Tags]);
        Assert.Equal(1, values["l4proxy.endpoint.dial.timeouts" + Tags]);
        Assert.Equal(1, values["l4proxy.endpoint.ejections" + Tags]);
        Assert.Equal(0, values["l4proxy.endpoint.ejected" + Tags]);
        Assert.Equal(1, values["l4proxy.endpoint.healthy" + Tags]);
    }

    [Fact]
    public void Engine_RareEvents_AreShown()
    {
        _engine.CountAcceptPause();
        _engine.CountLocalPortFailure();
        _engine.AddSplicedBytes(4096);

        Dictionary<string, long> values = Collect();
        Assert.Equal(1, values["l4proxy.accept.pauses{}"]);
        Assert.Equal(0, values["l4proxy.accept.errors{}"]);
        Assert.Equal(0, values["l4proxy.accept.refusals{}"]);
        Assert.Equal(1, values["l4proxy.dial.local_port_failures{}"]);
        Assert.Equal(4096, values["l4proxy.io.spliced{}"]);
    }

    [Fact]
    public void Documentation_EveryInstrument_IsListedWithItsUnit()
    {
        string document = File.ReadAllText(Repository.PathOf("docs", "metrics.md"));
        List<Instrument> instruments = [];
        using MeterListener listener = new() { InstrumentPublished = (i, _) => AddOurs(instruments, i) };
        listener.Start();
        Assert.NotEmpty(instruments);
        Assert.All(instruments, i => Assert.Matches($@"\| `{i.Name.Replace(".", @"\.", StringComparison.Ordinal)}` \| [^|]+ \| `{i.Unit}` \|", document));
    }

    private void AddOurs(List<Instrument> list, Instrument instrument)
    {
        if (instrument.Meter.Name == ProxyMetrics.MeterName && instrument.Meter.Scope == _provider.GetRequiredService<IMeterFactory>())
        {
            list.Add(instrument);
        }
    }

    private Dictionary<string, long> Collect()
    {
        Dictionary<string, long> values = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                List<Instrument> ours = [];
                AddOurs(ours, instrument);
                ours.ForEach(i => self.EnableMeasurementEvents(i));
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            values.Add($"{instrument.Name}{{{string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))}}}", value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }
}
