namespace L4Proxy.Testing.Kubernetes;

/// <summary>What goes wrong with one answer. The parts combine: a slow answer that is cut, say.</summary>
public sealed record Fault
{
    private Fault()
    {
    }

    /// <summary>What is waited for before anything is answered.</summary>
    public Func<CancellationToken, Task>? Before { get; init; }

    /// <summary>HTTP status in place of the answer, with a Status object in the server's form; null for the true answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Retry-After in seconds, beside <see cref="StatusCode"/>.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Body in place of the answer, as it is, with status 200; null for the true answer.</summary>
    public string? Body { get; init; }

    /// <summary>Bytes sent in front of the true body.</summary>
    public string? Preamble { get; init; }

    /// <summary>The body is sent in pieces of that many bytes, each in a packet of its own; null for as it comes.</summary>
    public int? BytesPerWrite { get; init; }

    /// <summary>Time between the pieces.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Bytes of the body (before TLS and chunk framing) after which <see cref="End"/> happens; null for never.</summary>
    public long? EndAfterBytes { get; init; }

    /// <summary>What happens after <see cref="EndAfterBytes"/>. With 0 bytes not even headers are sent.</summary>
    public FaultEnd End { get; init; }

    /// <summary>An error in the form of the real server: 401, 403, 404, 410, 429, 500, 503, 504, or any other.</summary>
    public static Fault Status(int code, int? retryAfterSeconds = null) =>
        new() { StatusCode = code, RetryAfterSeconds = retryAfterSeconds };

    /// <summary>The connection breaks with a RST.</summary>
    public static Fault Cut(long afterBytes = 0) => new() { EndAfterBytes = afterBytes, End = FaultEnd.Reset };

    /// <summary>The connection is closed with a FIN in the middle of the body.</summary>
    public static Fault Close(long afterBytes = 0) => new() { EndAfterBytes = afterBytes, End = FaultEnd.Close };

    /// <summary>The connection stays open and silent.</summary>
    public static Fault Stall(long afterBytes = 0) => new() { EndAfterBytes = afterBytes, End = FaultEnd.Stall };

    /// <summary>The body comes in pieces.</summary>
    public static Fault Slow(int bytesPerWrite = 1, TimeSpan pause = default) => new() { BytesPerWrite = bytesPerWrite, Pause = pause };

    /// <summary>Another body in place of the true one.</summary>
    public static Fault Garbage(string body) => new() { Body = body };

    /// <summary>A text, a line of garbage say, in front of the true body.</summary>
    public static Fault Prefix(string text) => new() { Preamble = text };

    /// <summary>The answer begins when the task has ended.</summary>
    public static Fault Hold(Task until) => new() { Before = until.WaitAsync };

    /// <summary>The answer begins after a time.</summary>
    public static Fault Delay(TimeSpan time) => new() { Before = cancel => Task.Delay(time, cancel) };
}
