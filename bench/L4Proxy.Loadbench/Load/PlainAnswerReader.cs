namespace L4Proxy.Loadbench.Load;

/// <summary>Answers that end after a number of bytes, after a line feed or with the connection.</summary>
internal sealed class PlainAnswerReader(AnswerEnd end, long answerBytes) : IAnswerReader
{
    private long _left;

    public long Skippable => end switch
    {
        AnswerEnd.Bytes => _left,
        AnswerEnd.Close => long.MaxValue,
        _ => 0,
    };

    public bool IsFailure => false;

    public bool KeepsConnection => end != AnswerEnd.Close;

    public bool IsEndedByClose => end == AnswerEnd.Close;

    public void Begin() => _left = answerBytes;

    public AnswerProgress Take(ReadOnlySpan<byte> bytes)
    {
        switch (end)
        {
            case AnswerEnd.Line:
                int feed = bytes.IndexOf((byte)'\n');
                return feed < 0 ? AnswerProgress.More : feed == bytes.Length - 1 ? AnswerProgress.Done : AnswerProgress.Broken;
            case AnswerEnd.Bytes:
                return Skip(bytes.Length);
            default:
                return AnswerProgress.More;
        }
    }

    public AnswerProgress Skip(int count)
    {
        if (end == AnswerEnd.Close)
        {
            return AnswerProgress.More;
        }

        _left -= count;
        return _left switch
        {
            > 0 => AnswerProgress.More,
            0 => AnswerProgress.Done,
            _ => AnswerProgress.Broken,
        };
    }
}
