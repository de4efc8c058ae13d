namespace L4Proxy.Loadbench.Backends;

/// <summary>Bytes that wait, with no memory until some first do.</summary>
internal sealed class BackendBytes
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    public int Length => _end - _start;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_start, _end - _start);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _end < bytes.Length)
        {
            byte[] larger = new byte[Math.Max(1024, 2 * (Length + bytes.Length))];
            Span.CopyTo(larger);
            (_bytes, _start, _end) = (larger, 0, Length);
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    public void Consume(int count)
    {
        _start += count;
        if (IsEmpty)
        {
            Clear();
        }
    }

    public void Clear() => _start = _end = 0;
}
