namespace L4Proxy.Loadbench.Load;

/// <summary>Finds the end of a body in chunks (RFC 9112, 7.1).</summary>
internal struct ChunkedBody
{
    /// <summary>Digits of a chunk's size: 2^60 bytes are more than any answer.</summary>
    private const int MostDigits = 15;

    private Part _part;
    private long _left;
    private int _length;

    private enum Part
    {
        /// <summary>The digits of a size.</summary>
        Size,

        /// <summary>The rest of the line of a size.</summary>
        SizeEnd,

        Data,

        /// <summary>The line break after data.</summary>
        DataEnd,

        /// <summary>Lines after the last chunk; an empty one is the end.</summary>
        Trailer,

        End,
    }

    public AnswerProgress Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_part == Part.Data)
            {
                int count = (int)Math.Min(_left, bytes.Length);
                _left -= count;
                bytes = bytes[count..];
                _part = _left == 0 ? Part.DataEnd : Part.Data;
            }
            else if (Take(bytes[0]))
            {
                bytes = bytes[1..];
            }
            else
            {
                return AnswerProgress.Broken;
            }
        }

        return _part == Part.End ? AnswerProgress.Done : AnswerProgress.More;
    }

    private bool Take(byte next)
    {
        switch (_part)
        {
            case Part.Size when char.IsAsciiHexDigit((char)next):
                _left = (_left << 4) | (long)HexOf(next);
                return ++_length <= MostDigits;
            case Part.Size:
                _part = Part.SizeEnd;
                return _length > 0 && Take(next);
            case Part.SizeEnd when next == '\n':
                _part = _left == 0 ? Part.Trailer : Part.Data;
                _length = 0;
                return true;
            case Part.SizeEnd:
                return true;
            case Part.DataEnd:
                _part = next == '\n' ? Part.Size : Part.DataEnd;
                return next is (byte)'\r' or (byte)'\n';
            case Part.Trailer when next == '\n':
                _part = _length == 0 ? Part.End : Part.Trailer;
                _length = 0;
                return true;
            case Part.Trailer:
                _length += next == '\r' ? 0 : 1;
                return true;
            default:
                return false;
        }
    }

    private static int HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
