using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>
/// One direction of a relayed connection: takes bytes from the source's pipe and writes them to the
/// destination's socket, waiting for each write. While it waits nothing more is read from the source.
/// </summary>
internal sealed class RelayDirection(Relay relay, PipeReader source, Socket destination, TrafficCounters counters, bool up)
{
    /// <summary>
    /// Reads after which the thread is given back once, 256 KiB at most with the transport's 4 KiB blocks: a
    /// source and a destination that are always ready must not starve the other connections of their thread.
    /// </summary>
    private const int ReadsPerTurn = 64;

    private long _sent;

    /// <summary>Bytes read and written.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Whether it waits for the destination to take bytes.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Bytes read and not written, because the destination was gone.</summary>
    public long Discarded { get; private set; }

    /// <summary>Relays until the source ends or either side fails, and tells the relay which. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            for (int reads = 1; ; reads++)
            {
                ReadResult result = await source.ReadAsync();
                if (!result.Buffer.IsEmpty)
                {
                    relay.Touch(toClient: !up);
                    if (!await WriteAsync(result.Buffer))
                    {
                        relay.DestinationGone(up);
                        return;
                    }

                    source.AdvanceTo(result.Buffer.End);
                    relay.Touch(toClient: !up);
                }

                if (result.IsCompleted)
                {
                    relay.SourceFinished(up);
                    return;
                }

                if (reads % ReadsPerTurn == 0)
                {
                    await Task.Yield();
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The source is gone. A connection that the proxy aborted ends here too: its reason is set by then.
            relay.SourceReset(up);
        }
        catch (Exception e)
        {
            relay.Failed(e);
        }
    }

    private async ValueTask<bool> WriteAsync(ReadOnlySequence<byte> buffer)
    {
        long written = 0;
        IsWriting = true;
        try
        {
            foreach (ReadOnlyMemory<byte> segment in buffer)
            {
                for (int offset = 0; offset < segment.Length;)
                {
                    int count = await destination.SendAsync(segment[offset..], SocketFlags.None, CancellationToken.None);
                    offset += count;
                    written += count;
                }
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Discarded += buffer.Length - written;
            return false;
        }
        finally
        {
            IsWriting = false;
            Volatile.Write(ref _sent, _sent + written);
            Count(buffer.Length, written);
        }
    }

    private void Count(long received, long sent)
    {
        if (up)
        {
            counters.SharedAddUp(received, sent);
        }
        else
        {
            counters.SharedAddDown(received, sent);
        }
    }
}
