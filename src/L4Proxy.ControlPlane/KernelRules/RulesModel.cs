using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.KernelRules;

/// <summary>
/// Tables to the states that rules are planned from. An entry that is the same object as in the snapshot before gives the same
/// <see cref="ServiceRules"/>, and a family of which nothing changed the same <see cref="FamilyRules"/>. For one thread at a time.
/// </summary>
public sealed class RulesModel
{
    private readonly bool _answersHealthChecks;
    private ImmutableArray<ServiceEntry> _entries = [];
    private EntryRules[] _rules = [];
    private NetworkSet _podNetworks = NetworkSet.Empty;
    private ImmutableArray<HealthCheckPort> _healthChecks = [];
    private RulesState _state;

    /// <summary>Knows no snapshot yet.</summary>
    /// <param name="options">Networks, and whether health checks are answered.</param>
    public RulesModel(RulesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _answersHealthChecks = options.AnswersHealthChecks;
        _state = new RulesState(Nothing(options, AddressFamily.InterNetwork), Nothing(options, AddressFamily.InterNetworkV6));
    }

    /// <summary>The state of a snapshot whose frontends are the Services' own addresses.</summary>
    public RulesState Of(SourceSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ImmutableArray<HealthCheckPort> healthChecks =
            _answersHealthChecks ? [.. snapshot.HealthChecks.Select(c => new HealthCheckPort($"{c.Namespace}/{c.Name}", c.Port))] : [];
        if (snapshot.Table.Services == _entries && snapshot.PodNetworks.Equals(_podNetworks) && healthChecks.SequenceEqual(_healthChecks))
        {
            return _state;
        }

        _rules = Follow(snapshot.Table.Services);
        _entries = snapshot.Table.Services;
        _podNetworks = snapshot.PodNetworks;
        _healthChecks = healthChecks;
        return _state = new RulesState(Next(_state.IPv4), Next(_state.IPv6));
    }

    private static FamilyRules Nothing(RulesOptions options, AddressFamily family) => new()
    {
        Family = family,
        ServiceNetworks = Of(options.ServiceNetworks, family),
    };

    private static ImmutableArray<IPNetwork> Of(ImmutableArray<IPNetwork> networks, AddressFamily family) =>
        networks.RemoveAll(n => n.BaseAddress.AddressFamily != family);

    /// <summary>A merge walk over two lists in the order of keys, which compares keys only where entries differ.</summary>
    private EntryRules[] Follow(ImmutableArray<ServiceEntry> entries)
    {
        EntryRules[] rules = new EntryRules[entries.Length];
        int old = 0;
        for (int i = 0; i < rules.Length; i++)
        {
            ServiceEntry entry = entries[i];
            while (old < _entries.Length && !ReferenceEquals(_entries[old], entry) && _entries[old].Key < entry.Key)
            {
                old++;
            }

            rules[i] = old < _entries.Length && ReferenceEquals(_entries[old], entry) ? _rules[old] : new EntryRules(entry);
        }

        return rules;
    }

    private FamilyRules Next(FamilyRules before)
    {
        ImmutableArray<ServiceRules>.Builder services = ImmutableArray.CreateBuilder<ServiceRules>(_rules.Length);
        // Few, and the same ones with nearly every Service.
        List<IPAddress> addresses = [];
        foreach (EntryRules entry in _rules)
        {
            if (entry.Of(before.Family) is { } rules)
            {
                services.Add(rules);
                foreach (IPAddress address in entry.NodePortAddressesOf(before.Family))
                {
                    if (!addresses.Contains(address))
                    {
                        addresses.Add(address);
                    }
                }
            }
        }

        bool isEverywhere = addresses.Exists(a => a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any));
        FamilyRules next = before with
        {
            Services = services.DrainToImmutable(),
            PodNetworks = Of(_podNetworks.Networks, before.Family),
            NodePortsOnAllAddresses = isEverywhere,
            NodePortAddresses = isEverywhere ? [] : [.. addresses.OrderBy(a => a.ToString(), StringComparer.Ordinal)],
        };
        next = next with { HealthCheckPorts = next.Services.IsEmpty ? [] : _healthChecks };
        return IsSame(before, next) ? before : next;
    }

    private static bool IsSame(FamilyRules x, FamilyRules y) => x.NodePortsOnAllAddresses == y.NodePortsOnAllAddresses
        && x.Services.AsSpan().SequenceEqual(y.Services.AsSpan(), ReferenceEqualityComparer.Instance)
        && x.PodNetworks.AsSpan().SequenceEqual(y.PodNetworks.AsSpan())
        && x.NodePortAddresses.AsSpan().SequenceEqual(y.NodePortAddresses.AsSpan())
        && x.HealthCheckPorts.AsSpan().SequenceEqual(y.HealthCheckPorts.AsSpan());
}
