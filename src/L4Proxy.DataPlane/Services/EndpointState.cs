using System.Net;
using System.Net.Sockets;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// What is remembered about one endpoint of one Service port while it lives in the table: counters and marks
/// that outlive a snapshot. Shared by all event loops: counters change by <see cref="Interlocked"/>, the ejection
/// marks under the owning Service's gate. Lean, because a large cluster has a hundred thousand: what only an
/// endpoint in use needs is made at its first use.
/// </summary>
public sealed class EndpointState
{
    private SocketAddress? _socketAddress;
    private EjectionMarks? _marks;
    private volatile EndpointScopes _scopes;
    private volatile bool _healthy = true;
    private volatile bool _onThisNode;
    private int _active;
    private long _connections;
    private long _dialFailures;
    private long _dialTimeouts;
    private long _ejections;

    public EndpointState(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
    }

    public IPEndPoint Address { get; }

    /// <summary>Its family.</summary>
    internal bool IsIPv4 => Address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>See <see cref="EndpointEntry.OnThisNode"/>; as the table in force has it.</summary>
    internal bool OnThisNode
    {
        get => _onThisNode;
        set => _onThisNode = value;
    }

    /// <summary>The address in the operating system's layout, ready for connect(2). Two threads may both make it: the results are equal.</summary>
    public SocketAddress SocketAddress => _socketAddress ??= Address.Serialize();

    /// <summary>Connections that this endpoint carries now, those being dialled included.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Dials that succeeded and were used.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Dials that failed with an error from the endpoint's side.</summary>
    public long DialFailures => Volatile.Read(ref _dialFailures);

    /// <summary>Dials that were not answered in time, or lost to a hedge.</summary>
    public long DialTimeouts => Volatile.Read(ref _dialTimeouts);

    /// <summary>How often this endpoint was ejected.</summary>
    public long Ejections => Volatile.Read(ref _ejections);

    /// <summary>The active health check's verdict; true while there is no check.</summary>
    public bool Healthy
    {
        get => _healthy;
        internal set => _healthy = value;
    }

    /// <summary>Whether passive ejection keeps this endpoint out at the moment.</summary>
    public bool Ejected => Volatile.Read(ref _marks) is { Ejected: true };

    /// <summary>Marks kept by passive ejection, made when first asked for; guarded by the Service's gate.</summary>
    internal EjectionMarks Marks => _marks ?? MakeMarks();

    /// <summary>Nothing is held against the endpoint, so that a success has nothing to clear. May be read without the gate.</summary>
    internal bool IsClean => Volatile.Read(ref _marks) is null or { IsClean: true };

    /// <summary>
    /// Whose new connections the snapshot in force lets go here, health and ejection aside. Written under the
    /// Service's gate.
    /// </summary>
    internal EndpointScopes Scopes
    {
        get => _scopes;
        set => _scopes = value;
    }

    /// <summary>Whether the snapshot in force lets any new connection go here.</summary>
    internal bool Eligible => _scopes != EndpointScopes.None;

    /// <summary>Whether the snapshot in force lists the endpoint; written under the Service's gate.</summary>
    internal bool Listed { get; set; }

    /// <summary>How often the endpoint has left the Service; written under the server's gate.</summary>
    internal int Departures { get; set; }

    /// <summary>Whether any of those clients may get it. Answers without a search.</summary>
    internal bool IsEligibleIn(EndpointScopes clients) => (_scopes & clients) != EndpointScopes.None;

    /// <summary>Forgets what is held against the endpoint; under the Service's gate.</summary>
    internal void ClearMarks() => _marks?.Clear();

    internal void Acquire() => Interlocked.Increment(ref _active);

    internal void Release() => Interlocked.Decrement(ref _active);

    internal void CountConnection() => Interlocked.Increment(ref _connections);

    internal void CountDialFailure() => Interlocked.Increment(ref _dialFailures);

    internal void CountDialTimeout() => Interlocked.Increment(ref _dialTimeouts);

    internal void CountEjection() => Interlocked.Increment(ref _ejections);

    private EjectionMarks MakeMarks()
    {
        EjectionMarks made = new();
        Volatile.Write(ref _marks, made);
        return made;
    }
}
