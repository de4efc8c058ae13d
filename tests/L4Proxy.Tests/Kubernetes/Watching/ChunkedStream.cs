namespace L4Proxy.Tests.Kubernetes.Watching;

/// <summary>Bytes that arrive in pieces.</summary>
/// <param name="bytes">All of them.</param>
/// <param name="sizes">Sizes of the pieces, over and over.</param>
internal sealed class ChunkedStream(byte[] bytes, params int[] sizes) : MemoryStream(bytes)
{
    private int _next;

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, sizes[_next++ % sizes.Length])]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));
}
