using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using L4Proxy.ControlPlane.Names;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Forwarding;

/// <summary>A table from forward specs: one Service port each, its endpoints the addresses of its backends.</summary>
public sealed class ForwardSource : ITableSource
{
    private readonly ImmutableArray<(ServicePortKey Key, ForwardSpec Spec)> _specs;
    private readonly ServiceOptions _options;
    private readonly ResolvedNames _names;

    /// <summary>A source that has not resolved anything yet.</summary>
    /// <param name="specs">What to forward; listeners differ, or have port 0.</param>
    /// <param name="options">Settings of all of them.</param>
    /// <param name="names">Resolves the backends' names; disposed with the source.</param>
    public ForwardSource(ImmutableArray<ForwardSpec> specs, ServiceOptions options, ResolvedNames names)
    {
        _specs = Name(specs);
        _options = options;
        _names = names;
    }

    /// <summary>Which spec became which Service port.</summary>
    public IReadOnlyDictionary<ServicePortKey, ForwardSpec> Specs => _specs.ToDictionary(s => s.Key, s => s.Spec);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        // One waiting signal stands for any number of changes.
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Signal(object? sender, EventArgs e) => changes.Writer.TryWrite(true);
        _names.Changed += Signal;
        try
        {
            _names.Follow(_specs.SelectMany(s => s.Spec.Backends).Select(b => b.Host));
            await _names.WaitTriedAsync(cancellation);
            while (true)
            {
                while (changes.Reader.TryRead(out _))
                {
                    // What has changed up to here is in the snapshot that follows.
                }

                yield return Snapshot();
                await changes.Reader.WaitToReadAsync(cancellation);
            }
        }
        finally
        {
            _names.Changed -= Signal;
        }
    }

    /// <inheritdoc/>
    public void RequestReload() => _names.Refresh();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _names.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A spec is known by its listener; those that share one, as port 0 may, get a number.</summary>
    private static ImmutableArray<(ServicePortKey Key, ForwardSpec Spec)> Name(ImmutableArray<ForwardSpec> specs)
    {
        Dictionary<IPEndPoint, int> seen = [];
        return
        [
            .. specs.Select(spec =>
            {
                int count = seen[spec.Listen] = seen.GetValueOrDefault(spec.Listen) + 1;
                string name = count == 1 ? $"{spec.Listen}" : $"{spec.Listen}#{count}";
                return (new ServicePortKey("", name, "", ServiceProtocol.Tcp), spec);
            }),
        ];
    }

    private SourceSnapshot Snapshot()
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        IEnumerable<ServiceEntry> services = _specs
            .Select(s => new ServiceEntry
            {
                Key = s.Key,
                Frontends = [new FrontendEntry(s.Spec.Listen, FrontendKind.Forward)],
                Endpoints = Endpoints(s.Spec, problems),
                Options = _options,
            })
            .OrderBy(s => s.Key);
        return new SourceSnapshot(new ServiceTable([.. services]), [.. problems.Distinct()]);
    }

    private ImmutableArray<EndpointEntry> Endpoints(ForwardSpec spec, ImmutableArray<Problem>.Builder problems)
    {
        var endpoints = ImmutableArray.CreateBuilder<EndpointEntry>();
        HashSet<IPEndPoint> seen = [];
        foreach (ForwardBackend backend in spec.Backends)
        {
            ImmutableArray<IPAddress> addresses = _names.Lookup(backend.Host);
            if (_names.ErrorOf(backend.Host) is { } error)
            {
                problems.Add(NotResolved(spec, backend.Host, error, addresses.Length));
            }

            foreach (IPAddress address in addresses)
            {
                // Two names may share an address; it counts once, with the weight written first.
                IPEndPoint endPoint = new(address, backend.Port);
                if (seen.Add(endPoint))
                {
                    endpoints.Add(new EndpointEntry { Address = endPoint, Weight = backend.Weight, TargetName = backend.Host });
                }
            }
        }

        return endpoints.ToImmutable();
    }

    private static Problem NotResolved(ForwardSpec spec, string host, string error, int kept) => new()
    {
        Severity = kept == 0 ? ProblemSeverity.Error : ProblemSeverity.Warning,
        Object = $"forward {spec.Text}",
        Message = kept == 0
            ? $"cannot resolve '{host}': {error}"
            : $"cannot resolve '{host}': {error}; its last addresses stay in use",
    };
}
