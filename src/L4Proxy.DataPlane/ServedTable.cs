using System.Collections.Immutable;
using System.Runtime.InteropServices;
using L4Proxy.DataPlane.Health;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane;

/// <summary>
/// All Service ports that are being served, and what it takes to serve another table: work in proportion to what
/// differs, so that one endpoint among ten thousand Services is a matter of microseconds. Used under the server's gate,
/// but for what says otherwise.
/// </summary>
internal sealed class ServedTable(ServingContext context, ActiveHealthChecker health)
{
    /// <summary>
    /// Service ports that are tried again at once: some hundred system calls each at worst, so that a table
    /// that comes meanwhile waits a few milliseconds, not for thousands.
    /// </summary>
    private const int RetryBatch = 256;

    private readonly Queue<ServedService> _failing = new();
    private readonly List<ServedService> _leaving = [];
    private readonly CaptureService _capture = new();
    private ImmutableArray<ServiceEntry> _entries = [];
    private ImmutableArray<string> _notes = [];
    private volatile ServedService[] _services = [];
    private volatile ServiceState[] _states = [];

    /// <summary>States of all Service ports, in the table's order, and that of capture listeners. May be read at any time.</summary>
    public ImmutableArray<ServiceState> States => ImmutableCollectionsMarshal.AsImmutableArray(_states);

    /// <summary>Whether a frontend waits to be bound.</summary>
    public bool HasFailed => _failing.Count > 0;

    /// <summary>All frontends, in the table's order. May be read at any time.</summary>
    public ImmutableArray<ListenerStatus> Listeners()
    {
        ServedService[] services = _services;
        ImmutableArray<ListenerStatus>.Builder all = ImmutableArray.CreateBuilder<ListenerStatus>(services.Length);
        foreach (ServedService service in services)
        {
            foreach (ServedFrontend frontend in service.Frontends)
            {
                if (frontend.Status is { } status)
                {
                    all.Add(status);
                }
            }
        }

        return all.DrainToImmutable();
    }

    /// <summary>Serves another table. When this throws, the next call goes through everything again.</summary>
    public async Task<ApplyResult> ApplyAsync(ServiceTable table)
    {
        ImmutableArray<ServiceEntry> entries = _capture.AddTo(table);
        TableChange change = TableChange.Between(_services, _entries, entries, context);
        _entries = default;
        bool insideAppears = context.Inside.Networks.IsEmpty != table.Inside.IsEmpty;
        context.Inside.Networks = table.Inside;
        Rebind(change);
        List<ServedFrontend> gone = [];
        _leaving.ForEach(service => service.GiveUp([], gone));
        change.Changed.ForEach(c => c.Service.GiveUp(c.Entry.Frontends, gone));
        await CloseAsync(gone);
        _leaving.Clear();
        List<ListenerStatus> changed = [];
        foreach (ServedService service in ToListen(change, insideAppears, gone))
        {
            Listen(service, changed);
        }

        _entries = entries;
        return new ApplyResult([.. changed], [.. gone.Select(f => f.Status).OfType<ListenerStatus>()], _notes);
    }

    /// <summary>Tries some of the frontends again that could not be bound; returns those that are bound now.</summary>
    public List<ListenerStatus> Retry()
    {
        List<ListenerStatus> changed = [];
        for (int left = Math.Min(_failing.Count, RetryBatch); left > 0; left--)
        {
            ServedService service = _failing.Dequeue();
            service.IsQueued = false;
            Listen(service, changed);
        }

        changed.RemoveAll(l => l.Error is not null);
        return changed;
    }

    /// <summary>Closes all listeners.</summary>
    public Task CloseAsync()
    {
        List<ServedFrontend> all = [];
        foreach (ServedService service in _services)
        {
            service.GiveUp([], all);
        }

        return CloseAsync(all);
    }

    /// <summary>All at once: each waits for its engine's threads.</summary>
    private static Task CloseAsync(List<ServedFrontend> frontends) => Task.WhenAll(frontends.Select(f => f.CloseAsync().AsTask()));

    /// <summary>New endpoints, options and rules for clients take force first, before any slow system call.</summary>
    private void Rebind(TableChange change)
    {
        bool notes = change.Added.Exists(s => !s.Notes.IsEmpty) || change.Gone.Exists(s => !s.Notes.IsEmpty);
        foreach ((ServedService service, ServiceEntry entry) in change.Changed)
        {
            notes |= !service.Notes.IsEmpty;
            service.Rebind(entry);
            notes |= !service.Notes.IsEmpty;
            health.Follow(service.State);
        }

        foreach (ServedService service in change.Gone)
        {
            service.Vacate();
            health.Forget(service.State);
        }

        _leaving.AddRange(change.Gone);
        change.Added.ForEach(service => health.Follow(service.State));
        if (change.Services is { } services)
        {
            _services = services;
            _states = Array.ConvertAll(services, s => s.State);
        }

        if (notes)
        {
            _notes = [.. _services.SelectMany(s => s.Notes)];
        }
    }

    /// <summary>In the table's order as far as the table brings them: who comes first gets a contested address.</summary>
    private IEnumerable<ServedService> ToListen(TableChange change, bool insideAppears, List<ServedFrontend> gone)
    {
        // Whether a frontend has an endpoint for anybody depends on whether there is anybody inside.
        IEnumerable<ServedService> touched = insideAppears
            ? _services
            : change.Changed.Select(c => c.Service).Concat(change.Added).OrderBy(s => s.State.Key);
        return touched.Concat(Heirs(gone));
    }

    /// <summary>Those that wait for a port that was given up just now.</summary>
    private List<ServedService> Heirs(List<ServedFrontend> gone)
    {
        if (gone.Count == 0 || _failing.Count == 0)
        {
            return [];
        }

        HashSet<int> ports = [.. gone.Select(f => (f.Status?.LocalEndPoint ?? f.Entry.Address).Port)];
        return [.. _failing.Where(s => s.State.Entry.Frontends.Any(f => ports.Contains(f.Address.Port)))];
    }

    private void Listen(ServedService service, List<ListenerStatus> changed)
    {
        service.Listen(changed);
        if (service.HasFailed && !service.IsQueued)
        {
            service.IsQueued = true;
            _failing.Enqueue(service);
        }
    }
}
