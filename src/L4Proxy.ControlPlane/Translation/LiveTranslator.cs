using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>
/// A translation that follows the objects of a cluster. What it costs depends on what changed since the last time, and
/// what it gives on the objects alone, in whatever order they came (proxy ports excepted, which stay where they are). For
/// one thread at a time.
/// </summary>
public sealed class LiveTranslator
{
    private readonly TranslationOptions _options;
    private readonly IHostAddresses _host;
    private readonly Dictionary<ServiceId, TrackedService> _services = [];
    private readonly SliceIndex _slices;
    private readonly HashSet<ServiceId> _changed = [];
    private readonly TableAssembler _table = new();
    private readonly RangeProxyPorts? _ports;
    private readonly ServicePlanner _planner;
    private readonly EndpointFiller _filler;
    private readonly OwnListeners? _own;
    private Node? _ownNode;
    private Node? _seenNode;
    private ImmutableArray<IPAddress> _seenAddresses = [];
    private NodeView? _node;
    private NetworkSet _inside = NetworkSet.Empty;
    private NetworkSet _podNetworks = NetworkSet.Empty;
    private ImmutableArray<IPEndPoint> _captureListeners = [];
    private ImmutableArray<Problem> _nodeProblems = [];
    private ImmutableArray<Problem> _tableProblems = [];
    private ImmutableArray<Problem> _problems = [];

    /// <summary>Knows no object yet.</summary>
    /// <param name="options">Addresses and defaults.</param>
    /// <param name="host">Addresses of this host; when they change, the next build follows.</param>
    /// <exception cref="ArgumentException">The mode of listening is that of files.</exception>
    public LiveTranslator(TranslationOptions options, IHostAddresses host)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        if (!options.IsCluster)
        {
            throw new ArgumentException("Objects of a cluster cannot be served on their own addresses.", nameof(options));
        }

        _options = options;
        _host = host;
        _ports = options.ProxyPortRange is { } range ? new RangeProxyPorts(range, host, _table.Claims.IsWanted) : null;
        _planner = new ServicePlanner(options, FrontendPlanners.For(options, host, _ports is null ? new AnyProxyPorts() : _ports));
        _slices = new SliceIndex(refusesLocal: !options.LoopbackEndpoints);
        _own = options.CanLoop ? new OwnListeners(options, _table.Claims) : null;
        _filler = new EndpointFiller(options, _own);
    }

    /// <summary>Adds a Service, or replaces the one of that namespace and name.</summary>
    public void Set(Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        ServiceId id = ServiceId.Of(service);
        _services[id] = new TrackedService(service);
        _changed.Add(id);
    }

    /// <summary>Adds an EndpointSlice, or replaces the one of that namespace and name.</summary>
    public void Set(EndpointSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        _slices.Set(slice, _changed);
    }

    /// <summary>The own Node; null while there is none.</summary>
    public void SetNode(Node? node) => _ownNode = node;

    public void RemoveService(string ns, string name)
    {
        ServiceId id = new(ns, name);
        if (_services.Remove(id))
        {
            _changed.Add(id);
        }
    }

    public void RemoveSlice(string ns, string name) => _slices.Remove(ns, name, _changed);

    /// <summary>
    /// The table of all objects as they are now. What stayed the same since the last build is the same instance: entries,
    /// the list of entries, and the other lists.
    /// </summary>
    public TranslationResult Build()
    {
        FollowNode();
        foreach (ServiceId id in InOrder())
        {
            Update(id);
        }

        foreach (ServiceId id in _ports?.TakeRetries() ?? [])
        {
            _services[id].Plan = null;
            Update(id);
        }

        _changed.Clear();
        foreach (ServiceId id in _own?.TakeConcerned() ?? [])
        {
            Update(id);
        }

        _table.Assemble();
        CombineProblems();
        return new TranslationResult(new ServiceTable(_table.Table) { Inside = _inside, CaptureListeners = _captureListeners }, _problems)
        {
            HealthChecks = _table.HealthChecks,
            NodeEligible = NodeEligibility.IsEligible(_ownNode),
            PodNetworks = _podNetworks,
        };
    }

    private void FollowNode()
    {
        ImmutableArray<IPAddress> addresses = _host.All;
        if (_node is not null && ReferenceEquals(_ownNode, _seenNode) && addresses == _seenAddresses)
        {
            return;
        }

        if (addresses != _seenAddresses)
        {
            _own?.SetAddresses(addresses);
            _changed.UnionWith(_services.Keys);
        }

        (_seenNode, _seenAddresses) = (_ownNode, addresses);
        NodeView node = NodeView.Of(_options, _ownNode, _host);
        if (!node.Equals(_node))
        {
            _node = node;
            _captureListeners = CaptureAddresses.Of(_options, node);
            foreach ((ServiceId id, TrackedService state) in _services)
            {
                state.Plan = null;
                _changed.Add(id);
            }
        }

        NetworkSet inside = InsideNetworks.Of(_options, _ownNode, _host);
        _inside = inside.Equals(_inside) ? _inside : inside;
        NetworkSet pods = InsideNetworks.PodNetworks(_options, _ownNode);
        _podNetworks = pods.Equals(_podNetworks) ? _podNetworks : pods;
    }

    /// <summary>The same instance while nothing changes.</summary>
    private void CombineProblems()
    {
        ImmutableArray<Problem> ofNode = NodeProblems.Of(_options, _node!, _services.Values.Select(s => s.Service));
        if (_tableProblems != _table.Problems || !_nodeProblems.AsSpan().SequenceEqual(ofNode.AsSpan()))
        {
            (_tableProblems, _nodeProblems) = (_table.Problems, ofNode);
            _problems = ofNode.IsEmpty ? _tableProblems : [.. ofNode, .. _tableProblems];
        }
    }

    /// <summary>Removals first, which free ports; then by name, so that a restart asks for ports in the same order.</summary>
    private IEnumerable<ServiceId> InOrder() => _changed.OrderBy(_services.ContainsKey).ThenBy(static id => id);

    private void Update(ServiceId id)
    {
        if (!_services.TryGetValue(id, out TrackedService? state))
        {
            _planner.Forget(id);
            _own?.Begin(id);
            _own?.Change(_table.PortsOf(id), []);
            _table.Remove(id);
            return;
        }

        if (state.Plan is null)
        {
            state.Plan = _planner.Plan(state.Service, _node!);
            _own?.Change(_table.PortsOf(id), state.Plan.Ports);
        }

        ProblemList problems = new();
        SliceEndpoints endpoints = new(state.Service, _slices.Of(id), isCluster: true, problems);
        _table.Put(id, _filler.Fill(state.Plan, endpoints, _node!, problems));
    }

    private sealed class TrackedService(Service service)
    {
        public Service Service { get; } = service;

        /// <summary>Null until it is planned with the node as it is now.</summary>
        public ServicePlan? Plan { get; set; }
    }
}
