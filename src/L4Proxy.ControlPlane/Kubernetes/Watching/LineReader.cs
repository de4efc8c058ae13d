using System.Buffers;
using System.IO.Pipelines;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>Lines of a stream, as bytes without their end. For one reader.</summary>
internal sealed class LineReader : IAsyncDisposable
{
    /// <summary>
    /// etcd keeps no object larger than 1.5 MiB (--max-request-bytes); ten times that is room for what JSON adds, and
    /// keeps a server that has gone mad from filling the memory.
    /// </summary>
    public const int MaxLength = 16 * 1024 * 1024;

    // A slice of 100 endpoints, the most that the controller makes, is about 30 KiB.
    private const int BufferSize = 32 * 1024;

    private readonly PipeReader _pipe;
    private byte[] _joined = [];
    private SequencePosition _next;
    private bool _hasLine;

    public LineReader(Stream stream) => _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize));

    /// <summary>The next line, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    /// <exception cref="InvalidDataException">The stream ended within a line, or a line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        if (_hasLine)
        {
            _hasLine = false;
            _pipe.AdvanceTo(_next);
        }

        long searched = 0;
        while (true)
        {
            ReadResult read = await _pipe.ReadAsync(cancellation);
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                _next = buffer.GetPosition(1, end);
                _hasLine = true;
                return Contiguous(buffer.Slice(0, end));
            }

            searched = buffer.Length;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return searched == 0 ? null : throw new InvalidDataException("it ended in the middle of an event");
            }

            if (searched > MaxLength)
            {
                throw new InvalidDataException($"an event is longer than {MaxLength >> 20} MiB");
            }
        }
    }

    public ValueTask DisposeAsync() => _pipe.CompleteAsync();

    private ReadOnlyMemory<byte> Contiguous(ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            return line.First;
        }

        int length = (int)line.Length;
        if (_joined.Length < length)
        {
            _joined = new byte[Math.Max(length, BufferSize)];
        }

        line.CopyTo(_joined);
        return _joined.AsMemory(0, length);
    }
}
