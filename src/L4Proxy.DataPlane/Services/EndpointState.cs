using System.Net;

namespace L4Proxy.DataPlane.Services;

/// <summary>
/// What is remembered about one endpoint of one Service port while it lives in the table: counters and marks
/// that outlive a snapshot. Shared by all event loops: counters change by <see cref="Interlocked"/>, the ejection
/// marks under the owning Service's gate.
/// </summary>
public sealed class EndpointState
{
    private volatile bool _eligible;
    private volatile bool _healthy = true;
    private int _active;
    private long _connections;
    private long _dialFailures;
    private long _dialTimeouts;
    private long _ejections;

    public EndpointState(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
        SocketAddress = address.Serialize();
    }

    public IPEndPoint Address { get; }

    /// <summary>The address in the operating system's layout, ready for connect(2).</summary>
    public SocketAddress SocketAddress { get; }

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

    /// <summary>Marks kept by passive ejection; guarded by the Service's gate.</summary>
    internal EjectionMarks Marks { get; } = new();

    /// <summary>The active health check's verdict; true while there is no check.</summary>
    public bool Healthy
    {
        get => _healthy;
        internal set => _healthy = value;
    }

    /// <summary>
    /// Whether the snapshot in force lets new connections go here at all, health and ejection aside. Written
    /// under the Service's gate.
    /// </summary>
    internal bool Eligible
    {
        get => _eligible;
        set => _eligible = value;
    }

    /// <summary>How often the endpoint has left the Service; written under the server's gate.</summary>
    internal int Departures { get; set; }

    /// <summary>Whether passive ejection keeps this endpoint out at the moment.</summary>
    public bool Ejected => Marks.Ejected;

    internal void Acquire() => Interlocked.Increment(ref _active);

    internal void Release() => Interlocked.Decrement(ref _active);

    internal void CountConnection() => Interlocked.Increment(ref _connections);

    internal void CountDialFailure() => Interlocked.Increment(ref _dialFailures);

    internal void CountDialTimeout() => Interlocked.Increment(ref _dialTimeouts);

    internal void CountEjection() => Interlocked.Increment(ref _ejections);
}
