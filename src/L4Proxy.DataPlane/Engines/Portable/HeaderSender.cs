using System.Net.Sockets;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.Engines.Portable;

/// <summary>Sends a PROXY header as the first bytes of a connection.</summary>
internal static class HeaderSender
{
    /// <summary>How many bytes were sent; 0 when the peer is gone, which its socket does not say again.</summary>
    /// <param name="socket">Has just connected.</param>
    /// <param name="options">Version and checksum; the version is not None.</param>
    /// <param name="header">What to say.</param>
    /// <param name="stop">Gives up.</param>
    public static async ValueTask<int> SendAsync(Socket socket, ProxyProtocolOptions options, ProxyHeader header, CancellationToken stop = default)
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        int length = ProxyHeaderWriter.Write(options, header, bytes);
        try
        {
            for (int sent = 0; sent < length;)
            {
                sent += await socket.SendAsync(bytes.AsMemory(sent, length - sent), SocketFlags.None, stop);
            }

            return length;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
