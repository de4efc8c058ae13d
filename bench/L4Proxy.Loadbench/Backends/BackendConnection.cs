namespace L4Proxy.Loadbench.Backends;

/// <summary>A client of a backend. Belongs to one thread.</summary>
internal sealed class BackendConnection
{
    public int Fd { get; set; } = -1;

    /// <summary>Number of the socket in this place, as in the load generator.</summary>
    public uint Generation { get; set; }

    /// <summary>Requests, or a part of one, that have been received and not been looked at.</summary>
    public BackendBytes Input { get; } = new();

    /// <summary>Heads and small bodies that the kernel did not take yet.</summary>
    public BackendBytes Output { get; } = new();

    /// <summary>Bytes of the answer's body that are to be sent after <see cref="Output"/>.</summary>
    public long BodyLeft { get; set; }

    /// <summary>Bytes of the request's body that are to be received.</summary>
    public long UploadLeft { get; set; }

    /// <summary>Whether an answer without a body waits for the end of the request's.</summary>
    public bool AnswersAfterUpload { get; set; }

    public bool Closes { get; set; }

    /// <summary>Whether it is in the queue of those that had more to do than one turn allows.</summary>
    public bool IsReady { get; set; }

    /// <summary>Whether there is nothing to send.</summary>
    public bool IsFlushed => BodyLeft == 0 && Output.IsEmpty;

    public void Reset()
    {
        Generation++;
        Fd = -1;
        Input.Clear();
        Output.Clear();
        BodyLeft = 0;
        UploadLeft = 0;
        AnswersAfterUpload = false;
        Closes = false;
    }
}
