namespace L4Proxy.DataPlane.Engines.Linux;

/// <summary>
/// One direction of a relayed connection. Holds memory or a pipe only while there are bytes that its
/// destination did not take yet; together with the two descriptors this is all that the relay knows.
/// </summary>
internal unsafe struct Flow
{
    /// <summary>Bytes read and not yet written; null while there are none.</summary>
    public byte* Buffer;

    /// <summary>Where they start in <see cref="Buffer"/>.</summary>
    public int Offset;

    /// <summary>How many they are.</summary>
    public int Length;

    /// <summary>The pipe while bytes are spliced; null otherwise.</summary>
    public SplicePipe? Pipe;

    /// <summary>Bytes that lie in <see cref="Pipe"/>.</summary>
    public int PipeLength;

    /// <summary>Bytes read from the source.</summary>
    public long Received;

    /// <summary>Bytes written to the destination.</summary>
    public long Sent;

    /// <summary>Whether a read may find something: set by events, cleared when a read found the socket empty.</summary>
    public bool Readable;

    /// <summary>
    /// Whether a short read is no sign of an empty socket: an end is announced behind the bytes, or there was
    /// urgent data, at whose mark reads stop (tcp(7)).
    /// </summary>
    public bool Drain;

    /// <summary>Whether a write may go through: cleared when the socket is full, set by events.</summary>
    public bool Writable;

    /// <summary>Whether bulk was seen and bytes are moved by splice(2).</summary>
    public bool Splicing;

    /// <summary>Whether writes fail because the destination is gone: what is read is discarded.</summary>
    public bool Broken;

    /// <summary>Whether the end was passed on to the destination.</summary>
    public bool Closed;

    /// <summary>How the source ended.</summary>
    public FlowEnd End;

    /// <summary>Full reads, or small splices, in a row: what decides between the two ways to move bytes.</summary>
    public byte Run;

    /// <summary>Bytes read that will never be written.</summary>
    public readonly long Lost => Received - Sent;
}
