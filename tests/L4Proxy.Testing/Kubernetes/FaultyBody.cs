using Microsoft.AspNetCore.Http;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The body of an answer as a fault lets it out.</summary>
internal sealed class FaultyBody(HttpContext context, Stream body, Fault fault) : Stream
{
    private long _written;
    private bool _hasBegun;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await BeginAsync(cancellationToken);
        await WritePiecesAsync(buffer, cancellationToken);
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (!_hasBegun && fault.Preamble is not null)
        {
            _hasBegun = true;
            await WritePiecesAsync(Bytes.Of(fault.Preamble), cancellationToken);
        }
    }

    private async Task WritePiecesAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            int size = Math.Min(buffer.Length, fault.BytesPerWrite ?? int.MaxValue);
            if (fault.EndAfterBytes is { } end)
            {
                size = (int)Math.Min(size, end - _written);
            }

            await body.WriteAsync(buffer[..size], cancellationToken);
            buffer = buffer[size..];
            _written += size;
            if (_written == fault.EndAfterBytes)
            {
                await EndAsync(context, fault.End);
            }

            if (fault.Pause > TimeSpan.Zero)
            {
                await Task.Delay(fault.Pause, cancellationToken);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await body.FlushAsync(cancellationToken);
    }

    public override void Flush()
    {
        // Every write is flushed.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends the answer; never returns.</summary>
    /// <exception cref="OperationCanceledException">Always.</exception>
    public static async Task EndAsync(HttpContext context, FaultEnd end)
    {
        ClientConnection connection = context.Features.Get<ClientConnection>()!;
        switch (end)
        {
            case FaultEnd.Reset:
                connection.Reset();
                break;
            case FaultEnd.Close:
                connection.Close();
                break;
            default:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
        }

        throw new OperationCanceledException("the answer has come to its scripted end");
    }
}
