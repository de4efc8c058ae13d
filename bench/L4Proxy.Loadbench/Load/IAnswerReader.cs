namespace L4Proxy.Loadbench.Load;

/// <summary>Finds the end of one answer after the other in what a connection receives; allocates nothing for one in the steady state.</summary>
internal interface IAnswerReader
{
    /// <summary>Bytes from here on that need not be seen to find the end, at least.</summary>
    long Skippable { get; }

    /// <summary>Whether the whole answer says that the request failed.</summary>
    bool IsFailure { get; }

    /// <summary>Whether another request may follow on the connection after the whole answer.</summary>
    bool KeepsConnection { get; }

    /// <summary>Makes ready for the next answer.</summary>
    void Begin();

    /// <summary>Takes what came next.</summary>
    AnswerProgress Take(ReadOnlySpan<byte> bytes);

    /// <summary>Takes bytes that nobody saw: <see cref="Skippable"/> at most.</summary>
    AnswerProgress Skip(int count);

    /// <summary>The server closed: whether that is the end of the answer.</summary>
    bool IsEndedByClose { get; }
}
