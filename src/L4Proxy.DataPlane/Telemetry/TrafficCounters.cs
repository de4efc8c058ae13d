using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace L4Proxy.DataPlane.Telemetry;

/// <summary>
/// What one event loop counted for one Service port. A loop is the only writer of its counters and uses the
/// plain methods; an engine without loops shares one and uses the <c>Shared</c> methods. Readers may look at
/// any time: single values are exact, sums over several are as old as the read.
/// </summary>
public sealed class TrafficCounters
{
    private Block _block;

    /// <summary>Connections accepted.</summary>
    public long Accepted => Volatile.Read(ref _block.Accepted);

    /// <summary>Connections ended, for whatever reason.</summary>
    public long Closed => Volatile.Read(ref _block.Closed);

    /// <summary>Bytes read from clients.</summary>
    public long UpReceived => Volatile.Read(ref _block.UpReceived);

    /// <summary>Bytes written to endpoints.</summary>
    public long UpSent => Volatile.Read(ref _block.UpSent);

    /// <summary>Bytes read from endpoints.</summary>
    public long DownReceived => Volatile.Read(ref _block.DownReceived);

    /// <summary>Bytes written to clients.</summary>
    public long DownSent => Volatile.Read(ref _block.DownSent);

    /// <summary>Bytes read but never written, because the other side was gone; both directions together.</summary>
    public long Discarded => Volatile.Read(ref _block.Discarded);

    /// <summary>Bytes of PROXY headers read from clients; not part of <see cref="UpReceived"/>, which is what is relayed.</summary>
    public long HeadersReceived => Volatile.Read(ref _block.HeadersReceived);

    /// <summary>Bytes of PROXY headers written to endpoints; not part of <see cref="UpSent"/>.</summary>
    public long HeadersSent => Volatile.Read(ref _block.HeadersSent);

    /// <summary>Dials beyond the first, of connections that have ended.</summary>
    public long Retries => Volatile.Read(ref _block.Retries);

    /// <summary>Connections ended for this reason.</summary>
    public long ClosedFor(CloseReason reason) => Volatile.Read(ref _block.Reasons[(int)reason]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Accept() => _block.Accepted++;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddUp(long received, long sent)
    {
        _block.UpReceived += received;
        _block.UpSent += sent;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddDown(long received, long sent)
    {
        _block.DownReceived += received;
        _block.DownSent += sent;
    }

    internal void AddHeaderReceived(long bytes) => _block.HeadersReceived += bytes;

    internal void AddHeaderSent(long bytes) => _block.HeadersSent += bytes;

    internal void Close(CloseReason reason, long discarded, int retries = 0)
    {
        _block.Retries += retries;
        _block.Discarded += discarded;
        _block.Reasons[(int)reason]++;
        _block.Closed++;
    }

    internal void SharedAccept() => Interlocked.Increment(ref _block.Accepted);

    internal void SharedAddUp(long received, long sent)
    {
        Interlocked.Add(ref _block.UpReceived, received);
        Interlocked.Add(ref _block.UpSent, sent);
    }

    internal void SharedAddDown(long received, long sent)
    {
        Interlocked.Add(ref _block.DownReceived, received);
        Interlocked.Add(ref _block.DownSent, sent);
    }

    internal void SharedAddHeaderReceived(long bytes) => Interlocked.Add(ref _block.HeadersReceived, bytes);

    internal void SharedAddHeaderSent(long bytes) => Interlocked.Add(ref _block.HeadersSent, bytes);

    internal void SharedClose(CloseReason reason, long discarded, int retries = 0)
    {
        Interlocked.Add(ref _block.Retries, retries);
        Interlocked.Add(ref _block.Discarded, discarded);
        Interlocked.Increment(ref _block.Reasons[(int)reason]);
        Interlocked.Increment(ref _block.Closed);
    }

    /// <summary>A cache line of padding on each side: two loops' counters never share one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Block
    {
        public Padding Before;
        public long Accepted;
        public long Closed;
        public long UpReceived;
        public long UpSent;
        public long DownReceived;
        public long DownSent;
        public long Discarded;
        public long Retries;
        public long HeadersReceived;
        public long HeadersSent;
        public ReasonArray Reasons;
        public Padding After;
    }

    [InlineArray(CloseReasons.Count)]
    private struct ReasonArray
    {
        private long _first;
    }

    [InlineArray(8)]
    private struct Padding
    {
        private long _first;
    }
}
