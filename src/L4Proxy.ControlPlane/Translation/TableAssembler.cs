using System.Collections.Immutable;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// Puts Services together to a table, and keeps it: what did not change since the last time is the same instance again,
/// and costs nothing.
/// </summary>
internal sealed class TableAssembler
{
    private readonly Dictionary<ServiceId, FilledService> _services = [];
    private readonly Dictionary<ServicePortKey, ServiceEntry> _entries = [];
    private readonly PortClaims _claims = new();
    private readonly HashSet<ServiceId> _dirty = [];
    private readonly HashSet<ServicePortKey> _changed = [];
    private readonly OrderedProblems _problems = new();
    private readonly SortedDictionary<ServiceId, HealthCheckNodePort> _healthChecks = [];
    private ImmutableArray<ServiceEntry> _table = [];
    private ImmutableArray<HealthCheckNodePort> _healthCheckList = [];
    private bool _healthChecksChanged;

    /// <summary>All entries, ordered by key.</summary>
    public ImmutableArray<ServiceEntry> Table => _table;

    /// <summary>All problems, ordered by Service.</summary>
    public ImmutableArray<Problem> Problems => _problems.List;

    /// <summary>Ordered by Service.</summary>
    public ImmutableArray<HealthCheckNodePort> HealthChecks => _healthCheckList;

    /// <summary>Who has which address.</summary>
    public PortClaims Claims => _claims;

    /// <summary>The ports of a Service as it was put there; none when it was not.</summary>
    public ImmutableArray<PortPlan> PortsOf(ServiceId id) => _services.TryGetValue(id, out FilledService? service) ? service.Plan.Ports : [];

    /// <summary>Adds a Service, or replaces the one of that identity.</summary>
    public void Put(ServiceId id, FilledService service)
    {
        FilledService? before = _services.GetValueOrDefault(id);
        _services[id] = service;
        _dirty.Add(id);
        if (before is null || !ReferenceEquals(before.Plan, service.Plan))
        {
            Claim(before?.Plan.Ports ?? [], service.Plan.Ports);
        }
    }

    public void Remove(ServiceId id)
    {
        if (_services.Remove(id, out FilledService? service))
        {
            _dirty.Add(id);
            Claim(service.Plan.Ports, []);
        }
    }

    /// <summary>Brings the lists up to date.</summary>
    public void Assemble()
    {
        foreach (ServicePortKey key in _claims.Settle())
        {
            _dirty.Add(new ServiceId(key.Namespace, key.Name));
        }

        foreach (ServiceId id in _dirty)
        {
            if (_services.TryGetValue(id, out FilledService? service))
            {
                Finish(id, service);
            }
            else
            {
                _problems.Set(id, []);
                SetHealthCheck(id, null);
            }
        }

        _dirty.Clear();
        _table = SortedEntries.Merge(_table, _changed, _entries);
        _changed.Clear();
        if (_healthChecksChanged)
        {
            _healthCheckList = [.. _healthChecks.Values];
            _healthChecksChanged = false;
        }
    }

    private void Claim(ImmutableArray<PortPlan> before, ImmutableArray<PortPlan> after)
    {
        Dictionary<ServicePortKey, PortPlan> old = before.ToDictionary(p => p.Key);
        foreach (PortPlan port in after)
        {
            ImmutableArray<FrontendWish> had = old.Remove(port.Key, out PortPlan? known) ? known.Wishes : [];
            if (!had.AsSpan().SequenceEqual(port.Wishes.AsSpan()))
            {
                _claims.Change(port.Key, had, port.Wishes);
            }
        }

        foreach (PortPlan gone in old.Values)
        {
            _claims.Change(gone.Key, gone.Wishes, []);
            _entries.Remove(gone.Key);
            _changed.Add(gone.Key);
        }
    }

    private void Finish(ServiceId id, FilledService service)
    {
        ImmutableArray<Problem> problems = service.Problems;
        for (int i = 0; i < service.Entries.Length; i++)
        {
            PortPlan plan = service.Plan.Ports[i];
            ImmutableArray<PortRefusal> refusals = _claims.RefusalsOf(plan.Key, plan.Wishes);
            SetEntry(WithoutRefused(service.Entries[i], refusals));
            if (!refusals.IsEmpty)
            {
                ProblemList conflicts = new();
                foreach (PortRefusal refusal in refusals)
                {
                    Report(service.Plan.Service, refusal, conflicts);
                }

                problems = problems.AddRange(conflicts.ToImmutable());
            }
        }

        _problems.Set(id, problems);
        SetHealthCheck(id, service.Plan.HealthCheckPort == 0
            ? null
            : new HealthCheckNodePort(id.Namespace, id.Name, service.Plan.HealthCheckPort, service.LocalEndpoints));
    }

    private static ServiceEntry WithoutRefused(ServiceEntry entry, ImmutableArray<PortRefusal> refusals) => refusals.IsEmpty
        ? entry
        : entry with { Frontends = [.. entry.Frontends.Select(f => WithoutRefused(f, refusals)).OfType<FrontendEntry>()] };

    private static FrontendEntry? WithoutRefused(FrontendEntry frontend, ImmutableArray<PortRefusal> refusals)
    {
        FrontendEntry? left = frontend;
        foreach (PortRefusal refusal in refusals)
        {
            left = left is null || !refusal.Wish.Frontend.Equals(frontend) ? left : refusal.Reduce(left);
        }

        return left;
    }

    private static void Report(Service service, PortRefusal refusal, ProblemList problems)
    {
        // Of the addresses that share a proxy port each has its own field.
        string source = refusal.Wish.Frontend.StandsFor.Length < 2
            ? refusal.Wish.Source
            : ServiceAddress.ExternalOf(service).FirstOrDefault(a => a.Address.Equals(refusal.Claim.Address.Address)).Source ?? refusal.Wish.Source;
        problems.Error(service, source, $"not served on {refusal.Claim.Address}: {refusal.Holder} has that port already");
    }

    private void SetEntry(ServiceEntry entry)
    {
        if (_entries.TryGetValue(entry.Key, out ServiceEntry? before))
        {
            if (before.IsSameAs(entry))
            {
                return;
            }

            // Whoever compares references finds what stayed.
            entry = entry with
            {
                Frontends = before.Frontends.AsSpan().SequenceEqual(entry.Frontends.AsSpan()) ? before.Frontends : entry.Frontends,
                Endpoints = before.Endpoints.AsSpan().SequenceEqual(entry.Endpoints.AsSpan()) ? before.Endpoints : entry.Endpoints,
                Options = before.Options == entry.Options ? before.Options : entry.Options,
            };
        }

        _entries[entry.Key] = entry;
        _changed.Add(entry.Key);
    }

    private void SetHealthCheck(ServiceId id, HealthCheckNodePort? check)
    {
        if (_healthChecks.GetValueOrDefault(id) == check)
        {
            return;
        }

        _healthChecksChanged = true;
        if (check is null)
        {
            _healthChecks.Remove(id);
        }
        else
        {
            _healthChecks[id] = check;
        }
    }
}
