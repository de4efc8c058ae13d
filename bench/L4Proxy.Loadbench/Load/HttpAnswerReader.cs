namespace L4Proxy.Loadbench.Load;

/// <summary>Answers of HTTP/1.x.</summary>
/// <param name="isHead">Whether the request is a HEAD, whose answers have no body.</param>
internal sealed class HttpAnswerReader(bool isHead) : IAnswerReader
{
    /// <summary>The longest head: as much as curl and nginx take for one header block by default is less than half of it.</summary>
    private const int LongestHead = 64 * 1024;

    private byte[] _head = [];
    private int _headLength;
    private Part _part;
    private long _left;
    private ChunkedBody _chunks;

    private enum Part
    {
        Head,
        Body,
        Chunks,
        UntilClose,
    }

    public long Skippable => _part switch
    {
        Part.Body => _left,
        Part.UntilClose => long.MaxValue,
        _ => 0,
    };

    public bool IsFailure { get; private set; }

    public bool KeepsConnection { get; private set; }

    public bool IsEndedByClose => _part == Part.UntilClose;

    public void Begin()
    {
        _part = Part.Head;
        _headLength = 0;
    }

    public AnswerProgress Take(ReadOnlySpan<byte> bytes)
    {
        while (_part == Part.Head)
        {
            int end = _headLength == 0 ? bytes.IndexOf("\r\n\r\n"u8) : -1;
            ReadOnlySpan<byte> head;
            if (end >= 0)
            {
                head = bytes[..(end + 4)];
                bytes = bytes[head.Length..];
            }
            else
            {
                int taken = Collect(bytes, out int length);
                if (length == 0)
                {
                    return _headLength < LongestHead ? AnswerProgress.More : AnswerProgress.Broken;
                }

                head = _head.AsSpan(0, length);
                bytes = bytes[taken..];
            }

            if (!TakeHead(head))
            {
                return AnswerProgress.Broken;
            }
        }

        return _part switch
        {
            Part.Body => Skip(bytes.Length),
            Part.Chunks => _chunks.Take(bytes),
            _ => AnswerProgress.More,
        };
    }

    public AnswerProgress Skip(int count)
    {
        if (_part == Part.UntilClose)
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

    /// <summary>Adds to a head that comes in parts, and says how many bytes it took.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="length">Length of the whole head; 0 while it is not.</param>
    private int Collect(ReadOnlySpan<byte> bytes, out int length)
    {
        int before = _headLength;
        int taken = Math.Min(bytes.Length, LongestHead - before);
        if (_head.Length < before + taken)
        {
            Array.Resize(ref _head, Math.Max(1024, 2 * (before + taken)));
        }

        bytes[..taken].CopyTo(_head.AsSpan(before));
        int from = Math.Max(0, before - 3);
        int end = _head.AsSpan(from, before + taken - from).IndexOf("\r\n\r\n"u8);
        length = end < 0 ? 0 : from + end + 4;
        _headLength = end < 0 ? before + taken : 0;
        return end < 0 ? taken : length - before;
    }

    private bool TakeHead(ReadOnlySpan<byte> text)
    {
        if (!HttpAnswerHead.TryParse(text, out HttpAnswerHead head) || head.Status == 101)
        {
            return false;
        }

        if (head.Status < 200)
        {
            // Interim, such as 100 Continue: the answer itself follows.
            return true;
        }

        IsFailure = head.Status >= 400;
        KeepsConnection = !head.Closes;
        _left = 0;
        _part = Part.Body;
        if (!isHead && !head.IsBodiless)
        {
            if (head.IsChunked)
            {
                _chunks = default;
                _part = Part.Chunks;
            }
            else if (head.ContentLength >= 0)
            {
                _left = head.ContentLength;
            }
            else
            {
                KeepsConnection = false;
                _part = Part.UntilClose;
            }
        }

        return true;
    }
}
