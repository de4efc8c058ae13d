using System.Net;
using System.Text.Json;
using L4Proxy.DataPlane.Services;
using L4Proxy.DataPlane.Telemetry;
using L4Proxy.Telemetry;
using L4Proxy.Testing;
using L4Proxy.Testing.Time;
using Xunit;

namespace L4Proxy.Tests.Telemetry;

public sealed class AccessLogTests
{
    private readonly ListLogger<AccessLog> _logger = new();

    [Fact]
    public void TextLine_Connection_HasAllFields()
    {
        StringWriter text = new();
        new TextAccessLine().Write(text, DateTimeOffset.UnixEpoch, End("default", "web"));
        Assert.Equal(
            "1970-01-01T00:00:00.000Z access client=10.0.0.7:51000 service=default/web:http endpoint=127.0.0.1:8080 connect_ms=0.31 "
            + "duration_ms=12.50 bytes_up=120 bytes_down=4510 retries=1 end=--\n",
            text.ToString());
    }

    [Fact]
    public void TextLine_NobodyAnswered_HasADash()
    {
        StringWriter text = new();
        new TextAccessLine().Write(text, DateTimeOffset.UnixEpoch, End("default", "web") with { Endpoint = null, Reason = CloseReason.ConnectFailed });
        Assert.Contains(" endpoint=- ", text.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" end=SC\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TextLine_NameWithLineFeedAndEscape_StaysOneLine()
    {
        StringWriter text = new();
        new TextAccessLine().Write(text, DateTimeOffset.UnixEpoch, End("x", "a\nforged line\u001b[31m"));
        Assert.Contains("service=x/a\\u000aforged line\\u001b[31m:http", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, text.ToString().Count(char.IsControl));
    }

    [Fact]
    public void JsonLine_Connection_IsOneObjectWithAllFields()
    {
        StringWriter text = new();
        JsonAccessLine line = new();
        line.Write(text, DateTimeOffset.UnixEpoch, End("default", "a\nb"));
        line.Write(text, DateTimeOffset.UnixEpoch, End("default", "web") with { Endpoint = null });
        string[] lines = text.ToString().Split('\n');
        Assert.Equal(3, lines.Length);
        using JsonDocument first = JsonDocument.Parse(lines[0]);
        Assert.Equal("1970-01-01T00:00:00.000Z", first.RootElement.GetProperty("Timestamp").GetString());
        Assert.Equal("10.0.0.7:51000", first.RootElement.GetProperty("Client").GetString());
        Assert.Equal("default/a\nb:http", first.RootElement.GetProperty("Service").GetString());
        Assert.Equal("127.0.0.1:8080", first.RootElement.GetProperty("Endpoint").GetString());
        Assert.Equal(0.31, first.RootElement.GetProperty("ConnectMs").GetDouble());
        Assert.Equal(12.5, first.RootElement.GetProperty("DurationMs").GetDouble());
        Assert.Equal(120, first.RootElement.GetProperty("BytesUp").GetInt64());
        Assert.Equal(4510, first.RootElement.GetProperty("BytesDown").GetInt64());
        Assert.Equal(1, first.RootElement.GetProperty("Retries").GetInt32());
        Assert.Equal("--", first.RootElement.GetProperty("End").GetString());
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("Endpoint").ValueKind);
    }

    [Fact]
    public async Task Ended_ManyThreads_WritesEveryLineOnce()
    {
        const int Threads = 4;
        const int Each = 2000;
        StringWriter output = new();
        using (AccessLog log = new(new TextAccessLine(), TextWriter.Synchronized(output), new ManualTimeProvider(), _logger))
        {
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
            {
                for (int i = 0; i < Each; i++)
                {
                    log.Ended(End("default", $"t{t}n{i}"));
                }
            })));
        }

        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Threads * Each, lines.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(Threads * Each, lines.Length);
        Assert.Empty(_logger.Messages);
    }

    [Fact]
    public async Task Ended_WriterAsleep_IsWokenByTheNextRecord()
    {
        using SignallingWriter output = new();
        using AccessLog log = new(new TextAccessLine(), output, new ManualTimeProvider(), _logger);
        for (int i = 0; i < 500; i++)
        {
            log.Ended(End("default", "web"));
            Assert.True(await output.Written.WaitAsync(Deadline.Default));
        }
    }

    [Fact]
    public async Task Ended_OutputStuck_DropsWithoutWaitingAndReportsIt()
    {
        using StuckWriter output = new();
        using AccessLog log = new(new TextAccessLine(), output, new ManualTimeProvider(), _logger);
        log.Ended(End("default", "web"));
        await output.Entered.Task.Within();

        const int TooMany = 100;
        for (int i = 0; i < AccessLog.Capacity + TooMany; i++)
        {
            log.Ended(End("default", "web"));
        }

        Assert.Equal(TooMany, log.Dropped);
        output.Release();
        await Eventually.True(() => _logger.Messages.Contains($"access log: {TooMany} lines were dropped because the output is too slow or failed"));
        log.Ended(End("default", "web"));
        Assert.Equal(TooMany, log.Dropped);
    }

    [Fact]
    public async Task Ended_OutputFails_GoesOnAndReportsIt()
    {
        using AccessLog log = new(new TextAccessLine(), new FailingWriter(), new ManualTimeProvider(), _logger);
        log.Ended(End("default", "web"));
        await Eventually.Equal(1, () => log.Dropped);
        log.Ended(End("default", "web"));
        await Eventually.Equal(2, () => log.Dropped);
        await Eventually.True(() => _logger.Messages.Count > 0);
    }

    private static ConnectionEnd End(string ns, string name) => new()
    {
        Client = ClientAddress.From(new IPEndPoint(IPAddress.Parse("10.0.0.7"), 51000)),
        Service = new ServiceState(
            new ServiceEntry { Key = new ServicePortKey(ns, name, "http", ServiceProtocol.Tcp), Frontends = [], Endpoints = [] }, 1),
        Endpoint = new EndpointState(new IPEndPoint(IPAddress.Loopback, 8080)),
        Reason = CloseReason.Finished,
        ConnectTime = TimeSpan.FromMilliseconds(0.314),
        Duration = TimeSpan.FromMilliseconds(12.5),
        BytesUp = 120,
        BytesDown = 4510,
        Retries = 1,
    };

    private sealed class SignallingWriter : StringWriter
    {
        public SemaphoreSlim Written { get; } = new(0);

        public override void Write(System.Text.StringBuilder? value) => Written.Release();
    }

    private sealed class StuckWriter : StringWriter
    {
        private readonly ManualResetEventSlim _open = new();

        public TaskCompletionSource Entered { get; } = new();

        public void Release() => _open.Set();

        public override void Write(System.Text.StringBuilder? value)
        {
            Entered.TrySetResult();
            _open.Wait();
        }
    }

    private sealed class FailingWriter : StringWriter
    {
        public override void Write(System.Text.StringBuilder? value) => throw new IOException("broken pipe");
    }
}
