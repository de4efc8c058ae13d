using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using L4Proxy.ControlPlane.Kubernetes.Json;

namespace L4Proxy.ControlPlane.Kubernetes.Watching;

/// <summary>
/// Reads a page of a list item by item while it arrives, so that no page has to be in memory as a whole.
/// </summary>
/// <param name="item">Gets the JSON of each item, well-formed.</param>
internal sealed class ListReader(Action<ReadOnlySpan<byte>> item)
{
    private const int BufferSize = 64 * 1024;

    private JsonReaderState _state;
    private Place _place;
    private bool _hasItems;
    private byte[] _joined = [];

    private enum Place : byte
    {
        Start,
        Top,
        Metadata,
        Items,
        End,
    }

    /// <summary>State of the store that the list shows.</summary>
    public string ResourceVersion { get; private set; } = "";

    /// <summary>Token for the next page; empty on the last.</summary>
    public string Continue { get; private set; } = "";

    /// <summary>Reads to the end of the list.</summary>
    /// <param name="stream">The body.</param>
    /// <param name="reading">Called before each wait for more.</param>
    /// <param name="cancellation">Ends the wait for more.</param>
    /// <exception cref="JsonException">It is no list.</exception>
    /// <exception cref="InvalidDataException">The stream ended within the list, or an item is too long.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task ReadAsync(Stream stream, Action reading, CancellationToken cancellation)
    {
        PipeReader pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferSize));
        try
        {
            while (true)
            {
                reading();
                ReadResult read = await pipe.ReadAsync(cancellation);
                SequencePosition consumed = Take(read.Buffer);
                long left = read.Buffer.Slice(consumed).Length;
                pipe.AdvanceTo(consumed, read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }

                if (left > LineReader.MaxLength)
                {
                    throw new InvalidDataException($"an item is longer than {LineReader.MaxLength >> 20} MiB");
                }
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }

        if (_place != Place.End || !_hasItems || ResourceVersion.Length == 0)
        {
            throw new InvalidDataException(_place == Place.End ? "it is no list" : "it ended in the middle of the list");
        }
    }

    /// <summary>
    /// Reads what is there, and keeps what is not complete for the next time. No block is the final one: whether the
    /// list is complete is known by place, and a cut is then no syntax error.
    /// </summary>
    private SequencePosition Take(ReadOnlySequence<byte> buffer)
    {
        Utf8JsonReader reader = new(buffer, isFinalBlock: false, _state);
        Utf8JsonReader before = reader;
        while (reader.Read() && Step(ref reader, buffer))
        {
            before = reader;
        }

        _state = before.CurrentState;
        return before.Position;
    }

    /// <summary>Handles one token and what belongs to it; false when more is needed first.</summary>
    private bool Step(ref Utf8JsonReader reader, ReadOnlySequence<byte> buffer)
    {
        switch (_place)
        {
            case Place.Start:
                _place = reader.TokenType == JsonTokenType.StartObject ? Place.Top : throw new JsonException();
                return true;
            case Place.Top:
                return StepTop(ref reader);
            case Place.Metadata when reader.TokenType == JsonTokenType.EndObject:
                _place = Place.Top;
                return true;
            case Place.Metadata:
                return StepMetadata(ref reader);
            case Place.Items when reader.TokenType == JsonTokenType.EndArray:
                _place = Place.Top;
                return true;
            case Place.Items:
                return StepItem(ref reader, buffer);
            default:
                throw new JsonException();
        }
    }

    private bool StepTop(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            _place = Place.End;
            return true;
        }

        bool isItems = reader.Is("items"u8);
        bool isMetadata = reader.Is("metadata"u8);
        if (!reader.Read())
        {
            return false;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray when isItems:
                _place = Place.Items;
                _hasItems = true;
                return true;
            case JsonTokenType.StartObject when isMetadata:
                _place = Place.Metadata;
                return true;
            default:
                // An empty list may be null.
                bool skipped = reader.TrySkip();
                _hasItems |= isItems && skipped;
                return skipped;
        }
    }

    private bool StepMetadata(ref Utf8JsonReader reader)
    {
        bool isVersion = reader.Is("resourceVersion"u8);
        bool isContinue = reader.Is("continue"u8);
        if (!reader.Read())
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.String && isVersion)
        {
            ResourceVersion = reader.Text();
        }
        else if (reader.TokenType == JsonTokenType.String && isContinue)
        {
            Continue = reader.Text();
        }
        else
        {
            return reader.TrySkip();
        }

        return true;
    }

    private bool StepItem(ref Utf8JsonReader reader, ReadOnlySequence<byte> buffer)
    {
        long start = reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }

        ReadOnlySequence<byte> json = buffer.Slice(start, reader.BytesConsumed - start);
        item(Contiguous(json));
        return true;
    }

    private ReadOnlySpan<byte> Contiguous(ReadOnlySequence<byte> json)
    {
        if (json.IsSingleSegment)
        {
            return json.FirstSpan;
        }

        int length = (int)json.Length;
        if (_joined.Length < length)
        {
            _joined = new byte[Math.Max(length, BufferSize)];
        }

        json.CopyTo(_joined);
        return _joined.AsSpan(0, length);
    }
}
