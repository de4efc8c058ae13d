using System.Buffers;
using System.Net.Sockets;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Telemetry;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Takes the PROXY header from a client's socket, and not a byte more.</summary>
internal sealed class HeaderReceiver(Socket client, TimeSpan timeout) : IDisposable
{
    private readonly CancellationTokenSource _end = new(timeout);

    /// <summary>What the header says, once it is there.</summary>
    public ProxyHeader Header { get; private set; }

    /// <summary>How many bytes it had.</summary>
    public int Length { get; private set; }

    /// <summary>Gives up at once.</summary>
    public void Cancel()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The header came, or failed to, at this very moment.
        }
    }

    /// <summary>Waits for the header: None when it is there, or why the client is to be reset.</summary>
    public async ValueTask<CloseReason> ReceiveAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ProxyHeaderReader.MaxLength);
        try
        {
            return await ReceiveAsync(buffer.AsMemory(0, ProxyHeaderReader.MaxLength));
        }
        catch (SocketException)
        {
            return CloseReason.ProxyHeaderIncomplete;
        }
        catch (OperationCanceledException)
        {
            return CloseReason.ProxyHeaderTimeout;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _end.Dispose();

    /// <summary>
    /// What has arrived is looked at before it is taken: of an incomplete header all of it, so that the next look waits for
    /// more; of a complete one the header alone.
    /// </summary>
    private async ValueTask<CloseReason> ReceiveAsync(Memory<byte> buffer)
    {
        int taken = 0;
        while (true)
        {
            int arrived = taken + await client.ReceiveAsync(buffer[taken..], SocketFlags.Peek, _end.Token);
            ProxyHeaderStatus status = ProxyHeaderReader.Read(buffer.Span[..arrived], out ProxyHeader header, out int length);
            if (status == ProxyHeaderStatus.Invalid)
            {
                return CloseReason.ProxyHeaderInvalid;
            }

            int end = status == ProxyHeaderStatus.Complete ? length : arrived;
            if (end == taken)
            {
                return CloseReason.ProxyHeaderIncomplete;
            }

            while (taken < end)
            {
                int received = await client.ReceiveAsync(buffer[taken..end], SocketFlags.None, _end.Token);
                if (received == 0)
                {
                    return CloseReason.ProxyHeaderIncomplete;
                }

                taken += received;
            }

            if (status == ProxyHeaderStatus.Complete)
            {
                Header = header;
                Length = length;
                return CloseReason.None;
            }
        }
    }
}
