using System.Net;
using L4Proxy.DataPlane.Engines;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>One Service port that is being served: its state and its listeners. Used under the server's gate.</summary>
internal sealed class ServedService(ServiceState state, TimeProvider time)
{
    private readonly List<ServedFrontend> _frontends = [];

    public ServiceState State => state;

    public IReadOnlyList<ServedFrontend> Frontends => _frontends;

    /// <summary>Gives up the listeners of frontends that are no longer wanted.</summary>
    public async Task RetainAsync(IReadOnlyCollection<FrontendEntry> wanted)
    {
        for (int i = _frontends.Count - 1; i >= 0; i--)
        {
            if (!wanted.Contains(_frontends[i].Entry))
            {
                ServedFrontend gone = _frontends[i];
                _frontends.RemoveAt(i);
                if (gone.Listener is { } listener)
                {
                    await listener.CloseAsync();
                }
            }
        }
    }

    /// <summary>Binds what is not bound yet, and opens or stops all listeners: without an endpoint a Service refuses.</summary>
    public void Listen(IProxyEngine engine, ServiceEntry entry)
    {
        Dictionary<FrontendEntry, ServedFrontend> existing = _frontends.ToDictionary(f => f.Entry);
        _frontends.Clear();
        foreach (FrontendEntry frontend in entry.Frontends)
        {
            _frontends.Add(existing.TryGetValue(frontend, out ServedFrontend? served) ? served : new ServedFrontend(frontend));
        }

        Listen(engine);
    }

    /// <summary>The same for the frontends that are there already: tries again what could not be bound.</summary>
    public void Listen(IProxyEngine engine)
    {
        foreach (ServedFrontend frontend in _frontends)
        {
            frontend.Listen(engine, state, open: state.Endpoints.Count > 0);
        }
    }

    public IEnumerable<ListenerStatus> Status() => _frontends.Select(f => f.Status(state.Key));

    /// <summary>Puts an entry in force, and does what its options say to the connections of endpoints that it lists no more.</summary>
    public void Rebind(IProxyEngine engine, ServiceEntry entry)
    {
        HashSet<IPEndPoint> before = Addresses(state.Entry);
        IReadOnlyList<EndpointState> known = state.Known;
        state.Rebind(entry);
        before.ExceptWith(Addresses(entry));
        foreach (EndpointState left in known.Where(e => before.Contains(e.Address)))
        {
            left.Departures++;
            LetGo(engine, left, entry.Options);
        }
    }

    private static HashSet<IPEndPoint> Addresses(ServiceEntry entry) => [.. entry.Endpoints.Select(e => e.Address)];

    private void LetGo(IProxyEngine engine, EndpointState endpoint, ServiceOptions options)
    {
        if (options.OnEndpointLeave == EndpointLeaveAction.Reset)
        {
            engine.ResetConnections(endpoint, Telemetry.CloseReason.EndpointLeft);
        }
        else if (options.OnEndpointLeave == EndpointLeaveAction.Grace)
        {
            _ = ResetAfterGraceAsync(engine, endpoint, options.EndpointLeaveGrace);
        }
    }

    private async Task ResetAfterGraceAsync(IProxyEngine engine, EndpointState endpoint, TimeSpan grace)
    {
        int departure = endpoint.Departures;
        await Task.Delay(grace, time);

        // One that came back has not left; one that left again since has a grace time of its own.
        if (endpoint.Departures == departure && !Addresses(state.Entry).Contains(endpoint.Address))
        {
            engine.ResetConnections(endpoint, Telemetry.CloseReason.EndpointLeft);
        }
    }
}
