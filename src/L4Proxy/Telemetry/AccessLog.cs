using System.Collections.Concurrent;
using L4Proxy.DataPlane.Telemetry;
using Microsoft.Extensions.Logging;

namespace L4Proxy.Telemetry;

/// <summary>
/// Writes one line for each connection that ends. Event loops only put the record into a bounded queue without a
/// lock; a thread of its own formats and writes. What does not fit is dropped, counted, and reported.
/// </summary>
internal sealed class AccessLog : IConnectionObserver, IDisposable
{
    /// <summary>Records that wait at most: 2 MB, a fifth of a second at 80,000 connections a second.</summary>
    public const int Capacity = 16384;

    /// <summary>Lines handed to the output in one write at most: a few pages, so that a terminal stays fluent.</summary>
    private const int BatchSize = 128;

    private readonly ConcurrentQueue<(DateTimeOffset At, ConnectionEnd End)> _queue = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly AccessLineWriter _line;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private volatile bool _stopping;
    private int _count;
    private int _asleep;
    private long _dropped;
    private long _reported;

    /// <summary>Starts the writing thread.</summary>
    /// <param name="line">Writes one record.</param>
    /// <param name="output">Where lines go; must be safe for use beside other writers, as Console.Error is.</param>
    /// <param name="time">Clock of the lines' time stamps.</param>
    /// <param name="logger">Is told of dropped lines.</param>
    public AccessLog(AccessLineWriter line, TextWriter output, TimeProvider time, ILogger<AccessLog> logger)
    {
        _line = line;
        _output = output;
        _time = time;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "access log" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public bool IsEnabled => true;

    /// <summary>Records that were dropped because the queue was full or the output failed.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <inheritdoc/>
    public void Ended(in ConnectionEnd end)
    {
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
            return;
        }

        _queue.Enqueue((_time.GetUtcNow(), end));

        // The record must be visible before the writer's state is read, or both could miss each other. Only the one
        // that finds the writer asleep pays for waking it.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            _wake.Set();
        }
    }

    /// <summary>Writes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        _stopping = true;
        _wake.Set();

        // The output may be stuck for good; the process does not wait for it longer than for the other logs.
        if (_thread.Join(TimeSpan.FromSeconds(1.5)))
        {
            _wake.Dispose();
        }
    }

    private void Run()
    {
        StringWriter batch = new();
        while (true)
        {
            if (WriteBatch(batch))
            {
                continue;
            }

            ReportDropped();
            if (_stopping)
            {
                return;
            }

            _wake.Reset();
            Interlocked.Exchange(ref _asleep, 1);
            if (_queue.IsEmpty && !_stopping)
            {
                _wake.Wait();
            }
        }
    }

    private bool WriteBatch(StringWriter batch)
    {
        int lines = 0;
        while (lines < BatchSize && _queue.TryDequeue(out (DateTimeOffset At, ConnectionEnd End) record))
        {
            Interlocked.Decrement(ref _count);
            _line.Write(batch, record.At, record.End);
            lines++;
        }

        if (lines == 0)
        {
            return false;
        }

        try
        {
            _output.Write(batch.GetStringBuilder());
        }
        catch (IOException)
        {
            // A closed pipe or a full disk: the proxy goes on without these lines.
            Interlocked.Add(ref _dropped, lines);
        }

        batch.GetStringBuilder().Clear();
        return true;
    }

    private void ReportDropped()
    {
        long dropped = Dropped;
        if (dropped > _reported)
        {
            AccessLogMessages.Dropped(_logger, dropped - _reported);
            _reported = dropped;
        }
    }
}
