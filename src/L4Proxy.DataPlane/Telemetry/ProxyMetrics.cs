using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Telemetry;

/// <summary>
/// The proxy's meters. All instruments are observable: they read, when somebody collects, what the engine counts
/// anyway, so a meter that nobody reads costs nothing. docs/metrics.md lists them.
/// </summary>
public sealed class ProxyMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "L4Proxy";

    private const string ServiceTag = "l4proxy.service";
    private const string EndpointTag = "l4proxy.endpoint";
    private const string DirectionTag = "l4proxy.direction";
    private const string ReasonTag = "l4proxy.reason";
    private const string StateTag = "l4proxy.state";

    private static readonly KeyValuePair<string, object?> s_up = new(DirectionTag, "up");
    private static readonly KeyValuePair<string, object?> s_down = new(DirectionTag, "down");

    private static readonly KeyValuePair<string, object?> s_usable = new(StateTag, "usable");
    private static readonly KeyValuePair<string, object?> s_ejected = new(StateTag, "ejected");
    private static readonly KeyValuePair<string, object?> s_unhealthy = new(StateTag, "unhealthy");

    private readonly Func<ImmutableArray<ServiceState>> _services;

    /// <summary>Meters of a server; they live as long as the factory.</summary>
    public ProxyMetrics(IMeterFactory meters, ProxyServer server)
        : this(meters, () => server.Services, server.Engine.Counters)
    {
    }

    internal ProxyMetrics(IMeterFactory meters, Func<ImmutableArray<ServiceState>> services, EngineCounters engine)
    {
        _services = services;
        Meter meter = meters.Create(MeterName);
        CreateConnectionInstruments(meter);
        CreateTrafficInstruments(meter);
        CreateHeaderInstruments(meter);
        CreateEndpointInstruments(meter);
        CreateEngineInstruments(meter, engine);
    }

    private static void CreateEngineInstruments(Meter meter, EngineCounters engine)
    {
        meter.CreateObservableCounter("l4proxy.io.spliced", () => engine.SplicedBytes, "By",
            "Bytes moved inside the kernel by splice(2).");
        meter.CreateObservableCounter("l4proxy.accept.pauses", () => engine.AcceptPauses, "{pause}",
            "Times that accepting paused because descriptors ran out or a connection limit was reached.");
        meter.CreateObservableCounter("l4proxy.accept.errors", () => engine.AcceptErrors, "{error}",
            "accept(2) calls that failed.");
        meter.CreateObservableCounter("l4proxy.accept.refusals", () => engine.RefusedWhileExhausted, "{connection}",
            "Clients reset because no descriptor came free in time.");
        meter.CreateObservableCounter("l4proxy.dial.local_port_failures", () => engine.LocalPortFailures, "{dial}",
            "Dials that failed because no local port was free.");
    }

    private static KeyValuePair<string, object?> Tag(ServiceState service) => new(ServiceTag, service.Key.ToString());

    private void CreateConnectionInstruments(Meter meter)
    {
        meter.CreateObservableCounter("l4proxy.connections.accepted", () => PerService(s => s.Totals().Accepted), "{connection}",
            "Connections accepted.");
        meter.CreateObservableCounter("l4proxy.connections.closed", Closed, "{connection}",
            "Connections ended, by the two-letter reason.");
        meter.CreateObservableUpDownCounter("l4proxy.connections.active", () => PerService(s => s.Totals().Live), "{connection}",
            "Connections open.");
        meter.CreateObservableCounter("l4proxy.connections.retries", () => PerService(s => s.Totals().Retries), "{dial}",
            "Dials beyond the first of a connection, counted when it ends.");
    }

    private void CreateTrafficInstruments(Meter meter)
    {
        meter.CreateObservableCounter("l4proxy.io.received", () => PerDirection(t => t.UpReceived, t => t.DownReceived), "By",
            "Bytes read: up from clients, down from endpoints.");
        meter.CreateObservableCounter("l4proxy.io.sent", () => PerDirection(t => t.UpSent, t => t.DownSent), "By",
            "Bytes written: up to endpoints, down to clients.");
        meter.CreateObservableCounter("l4proxy.io.discarded", () => PerService(s => s.Totals().Discarded), "By",
            "Bytes read and never written, because the other side was gone.");
    }

    private void CreateHeaderInstruments(Meter meter)
    {
        meter.CreateObservableCounter("l4proxy.proxy_protocol.received", () => PerServiceWithAny(t => t.HeadersReceived), "By",
            "Bytes of PROXY headers read from clients.");
        meter.CreateObservableCounter("l4proxy.proxy_protocol.sent", () => PerServiceWithAny(t => t.HeadersSent), "By",
            "Bytes of PROXY headers written to endpoints.");
    }

    private void CreateEndpointInstruments(Meter meter)
    {
        meter.CreateObservableGauge("l4proxy.service.endpoints", ServiceEndpoints, "{endpoint}",
            "Endpoints of a Service port that new connections may go to; of those, the ejected and the unhealthy.");
        meter.CreateObservableUpDownCounter("l4proxy.endpoint.connections.active", () => PerEndpoint(e => e.Active), "{connection}",
            "Connections that an endpoint carries, those being dialled included.");
        meter.CreateObservableCounter("l4proxy.endpoint.connections", () => PerEndpoint(e => e.Connections), "{connection}",
            "Dials that succeeded and were used.");
        meter.CreateObservableCounter("l4proxy.endpoint.dial.failures", () => PerEndpoint(e => e.DialFailures), "{dial}",
            "Dials that were refused or failed.");
        meter.CreateObservableCounter("l4proxy.endpoint.dial.timeouts", () => PerEndpoint(e => e.DialTimeouts), "{dial}",
            "Dials that were not answered in time or lost to a hedge.");
        meter.CreateObservableCounter("l4proxy.endpoint.ejections", () => PerEndpoint(e => e.Ejections), "{ejection}",
            "Times that dial failures took an endpoint out.");
        meter.CreateObservableGauge("l4proxy.endpoint.ejected", () => PerEndpoint(e => e.Ejected ? 1 : 0), "1",
            "1 while passive ejection keeps an endpoint out, else 0.");
        meter.CreateObservableGauge("l4proxy.endpoint.healthy", () => PerEndpoint(e => e.Healthy ? 1 : 0), "1",
            "0 while the active health check says that an endpoint is down, else 1.");
    }

    private IEnumerable<Measurement<long>> PerService(Func<ServiceState, long> value) =>
        _services().Select(s => new Measurement<long>(value(s), Tag(s)));

    /// <summary>What most Services never have: it appears where there is some.</summary>
    private IEnumerable<Measurement<long>> PerServiceWithAny(Func<TrafficTotals, long> value) =>
        from service in _services()
        let count = value(service.Totals())
        where count > 0
        select new Measurement<long>(count, Tag(service));

    private IEnumerable<Measurement<long>> PerDirection(Func<TrafficTotals, long> up, Func<TrafficTotals, long> down)
    {
        foreach (ServiceState service in _services())
        {
            TrafficTotals totals = service.Totals();
            yield return new Measurement<long>(up(totals), Tag(service), s_up);
            yield return new Measurement<long>(down(totals), Tag(service), s_down);
        }
    }

    private IEnumerable<Measurement<long>> PerEndpoint(Func<EndpointState, long> value)
    {
        foreach (ServiceState service in _services())
        {
            foreach (EndpointState endpoint in service.Endpoints)
            {
                yield return new Measurement<long>(value(endpoint), Tag(service), new(EndpointTag, endpoint.Address.ToString()));
            }
        }
    }

    private IEnumerable<Measurement<long>> ServiceEndpoints()
    {
        foreach (ServiceState service in _services())
        {
            KeyValuePair<string, object?> tag = Tag(service);
            IReadOnlyList<EndpointState> endpoints = service.Endpoints;
            yield return new Measurement<long>(endpoints.Count, tag, s_usable);

            // As with the reasons of an end: a trouble appears when there is one.
            if (endpoints.Count(e => e.Ejected) is > 0 and int ejected)
            {
                yield return new Measurement<long>(ejected, tag, s_ejected);
            }

            if (endpoints.Count(e => !e.Healthy) is > 0 and int unhealthy)
            {
                yield return new Measurement<long>(unhealthy, tag, s_unhealthy);
            }
        }
    }

    private IEnumerable<Measurement<long>> Closed()
    {
        foreach (ServiceState service in _services())
        {
            for (CloseReason reason = CloseReason.Finished; reason <= CloseReason.Internal; reason++)
            {
                // A reason appears when it has happened; most never do.
                if (service.ClosedFor(reason) is > 0 and long count)
                {
                    yield return new Measurement<long>(count, Tag(service), new(ReasonTag, reason.Code()));
                }
            }
        }
    }
}
