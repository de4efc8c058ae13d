using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;

namespace L4Proxy.ControlPlane.Names;

/// <summary>
/// Keeps a set of host names resolved in the background. A name that stops resolving keeps its last addresses:
/// a failing name server takes nothing out of service.
/// </summary>
public sealed class ResolvedNames : INameTable, IDisposable
{
    /// <summary>
    /// Five seconds, as Envoy's dns_refresh_rate: getaddrinfo(3) hides the records' time to live, and headless
    /// Services, the names that change most, have one of five seconds in CoreDNS's kubernetes plugin.
    /// </summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    /// <summary>resolv.conf(5): a resolver moves on to its next server after five seconds; two servers are given their turn.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, FollowedName> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly INameResolver _resolver;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;

    public ResolvedNames(INameResolver resolver, TimeSpan interval, TimeProvider time)
    {
        _resolver = resolver;
        _interval = interval;
        _time = time;
    }

    /// <inheritdoc/>
    public event EventHandler? Changed;

    /// <summary>Names from the operating system's resolver at the default pace.</summary>
    public static ResolvedNames FromSystem(TimeProvider time) =>
        new(new SystemNameResolver(DefaultDeadline, time), DefaultInterval, time);

    /// <summary>
    /// Sets which names are resolved: new ones at once, those that are no longer listed not any more. IP literals are
    /// skipped. Calls must not overlap.
    /// </summary>
    public void Follow(IEnumerable<string> hosts)
    {
        var wanted = hosts.Where(h => !IPLiteral.TryParse(h, out _)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (string host in _names.Keys)
        {
            if (!wanted.Contains(host) && _names.TryRemove(host, out FollowedName? gone))
            {
                gone.Dispose();
            }
        }

        foreach (string host in wanted)
        {
            if (!_names.ContainsKey(host))
            {
                FollowedName name = new(host, _resolver, _time, () => Changed?.Invoke(this, EventArgs.Empty));
                _names[host] = name;
                _ = Task.Run(() => name.RunAsync(_interval));
            }
        }
    }

    /// <summary>Waits until every followed name was tried once.</summary>
    public Task WaitTriedAsync(CancellationToken cancellation) =>
        Task.WhenAll(_names.Values.Select(n => n.Tried)).WaitAsync(cancellation);

    /// <summary>Resolves all followed names again at once.</summary>
    public void Refresh()
    {
        foreach (FollowedName name in _names.Values)
        {
            name.Refresh();
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<IPAddress> Lookup(string host)
    {
        if (IPLiteral.TryParse(host, out IPAddress? literal))
        {
            return [literal];
        }

        return _names.TryGetValue(host, out FollowedName? name) ? name.Current.Addresses : [];
    }

    /// <inheritdoc/>
    public string? ErrorOf(string host) => _names.TryGetValue(host, out FollowedName? name) ? name.Current.Error : null;

    /// <summary>Stops following all names.</summary>
    public void Dispose() => Follow([]);
}
