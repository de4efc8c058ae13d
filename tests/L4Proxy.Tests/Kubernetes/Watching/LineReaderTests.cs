using System.Text;
using L4Proxy.ControlPlane.Kubernetes.Watching;
using Xunit;

namespace L4Proxy.Tests.Kubernetes.Watching;

public class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Read_AnyPieces_GivesTheLines(int size)
    {
        string[] lines = ["a", "", new string('x', 100_000), "last"];
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
        await using LineReader reader = new(new ChunkedStream(bytes, size));
        List<string> read = [];
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
        {
            read.Add(Encoding.UTF8.GetString(line.Span));
        }

        Assert.Equal(lines, read);
    }

    [Fact]
    public async Task Read_EndWithinALine_IsABrokenStream()
    {
        await using LineReader reader = new(new MemoryStream("a\nb"u8.ToArray()));
        Assert.NotNull(await reader.ReadAsync(CancellationToken.None));
        await Assert.ThrowsAsync<InvalidDataException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Read_LineWithoutEnd_IsGivenUp()
    {
        await using EndlessStream stream = new();
        await using LineReader reader = new(stream);
        await Assert.ThrowsAsync<InvalidDataException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
        Assert.InRange(stream.Given, LineReader.MaxLength, LineReader.MaxLength + (4 << 20));
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
