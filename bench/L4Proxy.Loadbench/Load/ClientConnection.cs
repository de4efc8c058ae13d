namespace L4Proxy.Loadbench.Load;

/// <summary>A connection of the generator: one place that sockets follow each other in. Belongs to one thread.</summary>
internal sealed class ClientConnection(int index, ReadOnlyMemory<byte> source, IAnswerReader answer)
{
    public int Index { get; } = index;

    /// <summary>The local address, as struct sockaddr; empty for the system's choice.</summary>
    public ReadOnlyMemory<byte> Source { get; } = source;

    public IAnswerReader Answer { get; } = answer;

    public int Fd { get; set; } = -1;

    /// <summary>Number of the socket: an event may outlive the socket that it was for within one batch.</summary>
    public uint Generation { get; set; }

    public ClientPhase Phase { get; set; }

    /// <summary>Whether it has connected, or failed to, at least once.</summary>
    public bool WasTried { get; set; }

    public bool HasOperation => Phase is ClientPhase.Connecting or ClientPhase.Exchanging;

    /// <summary>Whether it waits for its server.</summary>
    public bool IsUnderWay => Phase is ClientPhase.Opening || HasOperation;

    /// <summary>Whether it is in the queue of those that wait for something to do.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether it is in the queue of those that had more to do than one turn allows.</summary>
    public bool IsReady { get; set; }

    /// <summary>When the operation was to start: a timestamp of the clock, as those that follow.</summary>
    public long Intended { get; set; }

    /// <summary>When it did, or when the connection that is to stay was begun.</summary>
    public long Started { get; set; }

    /// <summary>When it is given up.</summary>
    public long Deadline { get; set; }

    public bool HasFirstByte { get; set; }

    public bool HasAnswer { get; set; }

    /// <summary>Bytes of the request that have been sent.</summary>
    public long Sent { get; set; }

    /// <summary>Whether the server is known to have closed its side.</summary>
    public bool IsHalfClosed { get; set; }
}
