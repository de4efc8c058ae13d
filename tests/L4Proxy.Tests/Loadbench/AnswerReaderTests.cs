using System.Text;
using L4Proxy.Loadbench.Load;
using Xunit;

namespace L4Proxy.Tests.Loadbench;

/// <summary>Where answers end, in whatever pieces they come.</summary>
public sealed class AnswerReaderTests
{
    public static TheoryData<string, string> WholeAnswers => new()
    {
        { "length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
        { "length in other letters", "HTTP/1.1 200 OK\r\ncontent-length:0005 \r\nX: y\r\n\r\nhello" },
        { "no body", "HTTP/1.1 204 No Content\r\n\r\n" },
        { "not modified has a length and no body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" },
        { "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n" },
        { "chunks and a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n0\r\nSum: 1\r\n\r\n" },
        { "interim answer first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n." },
    };

    public static TheoryData<string> BrokenAnswers =>
    [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nmore",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nmore\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000\r\n",
        "HTTP/1.1 200 OK\r\nX: " + new string('x', 70_000),
    ];

    [Theory]
    [MemberData(nameof(WholeAnswers))]
    public void Take_AnswerSplitAnywhere_IsDoneAtItsLastByteOnly(string what, string answer)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(answer);
        HttpAnswerReader reader = Http();
        for (int split = 0; split < bytes.Length; split++)
        {
            reader.Begin();
            Assert.True(reader.Take(bytes.AsSpan(0, split)) == AnswerProgress.More, $"{what}, {split} bytes");
            Assert.True(reader.Take(bytes.AsSpan(split)) == AnswerProgress.Done, $"{what}, split at {split}");
            Assert.True(reader.KeepsConnection);
            Assert.False(reader.IsFailure);
        }

        reader.Begin();
        Assert.All(bytes[..^1], b => Assert.Equal(AnswerProgress.More, reader.Take([b])));
        Assert.Equal(AnswerProgress.Done, reader.Take(bytes.AsSpan(bytes.Length - 1)));
    }

    [Theory]
    [MemberData(nameof(BrokenAnswers))]
    public void Take_NotAnAnswer_IsBroken(string answer)
    {
        HttpAnswerReader reader = Http();
        reader.Begin();
        Assert.Equal(AnswerProgress.Broken, reader.Take(Encoding.ASCII.GetBytes(answer)));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    public void KeepsConnection_AsTheHeadSays(string answer, bool keeps)
    {
        HttpAnswerReader reader = Http();
        reader.Begin();
        Assert.Equal(AnswerProgress.Done, reader.Take(Encoding.ASCII.GetBytes(answer)));
        Assert.Equal(keeps, reader.KeepsConnection);
    }

    [Theory]
    [InlineData(399, false)]
    [InlineData(400, true)]
    [InlineData(503, true)]
    public void IsFailure_ByStatus(int status, bool fails)
    {
        HttpAnswerReader reader = Http();
        reader.Begin();
        reader.Take(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n"));
        Assert.Equal(fails, reader.IsFailure);
    }

    [Fact]
    public void IsEndedByClose_HeadWithoutLength_OnlyThen()
    {
        HttpAnswerReader reader = Http();
        reader.Begin();
        Assert.False(reader.IsEndedByClose);
        Assert.Equal(AnswerProgress.More, reader.Take("HTTP/1.1 200 OK\r\n\r\nsome"u8));
        Assert.True(reader.IsEndedByClose);
        reader.Begin();
        Assert.False(reader.IsEndedByClose);
    }

    [Fact]
    public void Take_AnswerToHead_HasNoBody()
    {
        IAnswerReader reader = AnswerReaders.Create(new ExchangePlan("HEAD / HTTP/1.1\r\n\r\n"u8.ToArray(), 0, AnswerEnd.Http));
        reader.Begin();
        Assert.Equal(AnswerProgress.Done, reader.Take("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"u8));
    }

    [Fact]
    public void Skip_LargeBody_IsDoneAtItsEnd()
    {
        HttpAnswerReader reader = Http();
        reader.Begin();
        Assert.Equal(0, reader.Skippable);
        reader.Take("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n."u8);
        Assert.Equal(999_999, reader.Skippable);
        Assert.Equal(AnswerProgress.More, reader.Skip(999_998));
        Assert.Equal(AnswerProgress.Done, reader.Take("."u8));
    }

    [Fact]
    public void Take_Line_IsDoneAtALineFeedThatIsTheLastByte()
    {
        IAnswerReader reader = AnswerReaders.Create(new ExchangePlan(default, 0, AnswerEnd.Line));
        reader.Begin();
        Assert.Equal(AnswerProgress.More, reader.Take("+PO"u8));
        Assert.Equal(AnswerProgress.Done, reader.Take("NG\r\n"u8));
        Assert.Equal(AnswerProgress.Broken, reader.Take("+PONG\r\n+"u8));
    }

    [Fact]
    public void Take_Bytes_IsDoneAtTheirNumber()
    {
        IAnswerReader reader = AnswerReaders.Create(new ExchangePlan(default, 0, AnswerEnd.Bytes, 4));
        for (int i = 0; i < 2; i++)
        {
            reader.Begin();
            Assert.Equal(AnswerProgress.More, reader.Take("abc"u8));
            Assert.Equal(AnswerProgress.Done, reader.Take("d"u8));
        }

        reader.Begin();
        Assert.Equal(AnswerProgress.Broken, reader.Take("abcde"u8));
    }

    private static HttpAnswerReader Http() => new(isHead: false);
}
