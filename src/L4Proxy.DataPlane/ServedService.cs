using System.Collections.Immutable;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>One Service port that is being served: its state and its listeners. Used under the server's gate.</summary>
internal sealed class ServedService
{
    private readonly ServingContext _context;
    private volatile ServedFrontend[] _frontends = [];

    public ServedService(ServiceEntry entry, ServingContext context)
    {
        _context = context;
        State = new ServiceState(Check(entry), context.Engine.CounterSlots);
    }

    public ServiceState State { get; }

    /// <summary>May be read at any time.</summary>
    public ReadOnlySpan<ServedFrontend> Frontends => _frontends;

    /// <summary>What was left out of its entry and why.</summary>
    public ImmutableArray<string> Notes { get; private set; } = [];

    /// <summary>Whether a frontend could not be bound.</summary>
    public bool HasFailed => Array.Exists(_frontends, f => f.HasFailed);

    /// <summary>Whether it waits to be tried again; the server's.</summary>
    public bool IsQueued { get; set; }

    /// <summary>
    /// Puts an entry in force, and does what its options say to the connections of endpoints that it lists no more. Its
    /// endpoints come before what its frontends say of clients, which refers to them.
    /// </summary>
    public void Rebind(ServiceEntry entry)
    {
        Depart(State.Rebind(Check(entry)), entry.Options);
        foreach (ServedFrontend served in _frontends)
        {
            if (Find(entry.Frontends, served) is { } frontend)
            {
                served.Follow(frontend);
            }
        }
    }

    /// <summary>The Service is gone: it has no endpoints from now on, and listens nowhere.</summary>
    public void Vacate()
    {
        ServiceEntry entry = State.Entry;
        Depart(State.Rebind(entry with { Endpoints = [], Frontends = [] }), entry.Options);
    }

    /// <summary>Takes out the frontends that are wanted no more; the caller closes them.</summary>
    public void GiveUp(ImmutableArray<FrontendEntry> wanted, List<ServedFrontend> gone)
    {
        ServedFrontend[] kept = Array.FindAll(_frontends, served => Find(wanted, served) is not null);
        if (kept.Length != _frontends.Length)
        {
            gone.AddRange(_frontends.Except(kept));
            _frontends = kept;
        }
    }

    /// <summary>Makes the frontends those of the entry in force, and listens. To be called after <see cref="GiveUp"/>.</summary>
    public void Listen(List<ListenerStatus> changed)
    {
        ImmutableArray<FrontendEntry> wanted = State.Entry.Frontends;
        if (wanted.Length != _frontends.Length)
        {
            _frontends = [.. wanted.Select(Adopt)];
        }

        foreach (ServedFrontend frontend in _frontends)
        {
            if (frontend.Listen(_context))
            {
                changed.Add(frontend.Status!);
            }
        }
    }

    private static FrontendEntry? Find(ImmutableArray<FrontendEntry> entries, ServedFrontend served)
    {
        foreach (FrontendEntry entry in entries)
        {
            if (served.IsFor(entry))
            {
                return entry;
            }
        }

        return null;
    }

    private ServedFrontend Adopt(FrontendEntry entry) =>
        Array.Find(_frontends, served => served.IsFor(entry)) ?? new ServedFrontend(new FrontendState(State, entry, _context.Inside)
        {
            Captured = entry.Kind == FrontendKind.Capture ? _context.Captured : null,
        });

    private ServiceEntry Check(ServiceEntry entry)
    {
        List<string> notes = [];
        ServiceEntry safe = SelfReference.Exclude(entry, notes);
        Notes = [.. notes];
        return safe;
    }

    private void Depart(IReadOnlyList<EndpointState> departed, ServiceOptions options)
    {
        foreach (EndpointState left in departed)
        {
            left.Departures++;
            if (options.OnEndpointLeave == EndpointLeaveAction.Reset)
            {
                _context.Engine.ResetConnections(left, Telemetry.CloseReason.EndpointLeft);
            }
            else if (options.OnEndpointLeave == EndpointLeaveAction.Grace)
            {
                _ = ResetAfterGraceAsync(left, options.EndpointLeaveGrace);
            }
        }
    }

    private async Task ResetAfterGraceAsync(EndpointState endpoint, TimeSpan grace)
    {
        int departure = endpoint.Departures;
        await Task.Delay(grace, _context.Time, _context.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // One that came back has not left; one that left again since has a grace time of its own. A stop has its own too.
        if (!_context.Stopping.IsCancellationRequested && endpoint.Departures == departure && !endpoint.Listed)
        {
            _context.Engine.ResetConnections(endpoint, Telemetry.CloseReason.EndpointLeft);
        }
    }
}
