using L4Proxy.Testing.Time;

namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>The same bytes again and again, each time after a while; it ends when it should have been given up long ago.</summary>
/// <param name="time">The clock that goes on by it.</param>
/// <param name="pause">Time before each piece.</param>
/// <param name="piece">What comes then.</param>
internal sealed class DrippingStream(ManualTimeProvider time, TimeSpan pause, byte[] piece) : MemoryStream
{
    private const int MaxReads = 200;

    public int Reads { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        time.Advance(pause);
        if (++Reads > MaxReads)
        {
            return ValueTask.FromResult(0);
        }

        piece.CopyTo(buffer);
        return ValueTask.FromResult(piece.Length);
    }
}
