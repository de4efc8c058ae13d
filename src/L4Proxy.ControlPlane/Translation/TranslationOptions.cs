using System.Collections.Immutable;
using System.Net;
using L4Proxy.ControlPlane.Translation.Objects;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>What a translation depends on besides the objects and the host.</summary>
public sealed record TranslationOptions
{
    /// <summary>
    /// Where a Service port listens when this host can bind none of its cluster IPs, and where proxy ports listen. For
    /// addresses of the other family proxy ports listen on its counterpart: the loopback or the wildcard address.
    /// </summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>
    /// Where node ports listen. Empty stands for <see cref="BindAddress"/> with <see cref="ListenMode.OwnAddresses"/>, for
    /// all addresses else; <see cref="ListenMode.BindAddress"/> has none.
    /// </summary>
    public ImmutableArray<NodePortAddress> NodePortAddresses { get; init; } = [];

    /// <summary>Ports for <see cref="ListenMode.ProxyPorts"/>; null: whichever the operating system gives.</summary>
    public PortRange? ProxyPortRange { get; init; }

    public ListenMode Listen { get; init; }

    /// <summary>
    /// Name of this node, as in <c>nodeName</c> of endpoints; null when nobody knows it: then traffic policies Local
    /// are taken for Cluster, and hints are not followed.
    /// </summary>
    public string? NodeName { get; init; }

    /// <summary>
    /// Whether <see cref="NodeName"/> is only what this host is called: it is no name as long as the cluster has no such
    /// Node. Whoever looks at a cluster from outside has no endpoint nearby, and would be refused by every policy Local.
    /// </summary>
    public bool IsNodeNameAssumed { get; init; }

    /// <summary>Networks of the cluster's Pods; empty: those of the own Node.</summary>
    public ImmutableArray<IPNetwork> ClusterNetworks { get; init; } = [];

    /// <summary>
    /// Value of the label <c>service.kubernetes.io/service-proxy-name</c> that Services to be served carry; null: those
    /// without that label. With <see cref="ListenMode.OwnAddresses"/> the value <c>l4proxy</c> is served, too.
    /// </summary>
    public string? ProxyName { get; init; }

    /// <summary>Whether endpoints of a cluster with loopback and link-local addresses are used; those of files always are.</summary>
    public bool LoopbackEndpoints { get; init; }

    /// <summary>The protocols whose Service ports are served; only rules in the kernel know more than TCP.</summary>
    public ImmutableArray<ServiceProtocol> Protocols { get; init; } = [ServiceProtocol.Tcp];

    /// <summary>Port of <see cref="ServiceTable.CaptureListeners"/> on all addresses; 0 for no listener. For <see cref="ListenMode.Captured"/>.</summary>
    public int CapturePort { get; init; }

    /// <summary>Settings of a Service that says nothing itself.</summary>
    public ServiceOptions Defaults { get; init; } = ServiceOptions.Default;

    /// <summary>Name of this node when the cluster says that of it.</summary>
    /// <param name="node">The own Node; null when there is none.</param>
    internal string? NodeNameWith(Node? node) => node is null && IsNodeNameAssumed ? null : NodeName;

    /// <summary>
    /// Whether objects come from a cluster rather than from files: many, correct, and most of them nobody's mistake. What
    /// is ordinary there is not reported, and rules that files are spared (ExternalName) hold.
    /// </summary>
    internal bool IsCluster => Listen != ListenMode.OwnAddresses;

    /// <summary>Whether clients connect to Services' own addresses, as with kube-proxy's rules.</summary>
    internal bool IsAddressedDirectly => Listen is ListenMode.ServiceAddresses or ListenMode.Captured;

    /// <summary>
    /// Whether an endpoint on an address of a Service would lead a connection to this process again. Files on a laptop may
    /// mean it; rules that balance in the kernel translate a connection once.
    /// </summary>
    internal bool CanLoop => IsCluster && (Listen != ListenMode.Captured || CapturePort != 0);
}
