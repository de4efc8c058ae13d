using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>The TCP connection under a request.</summary>
internal sealed class ClientConnection(ConnectionContext connection)
{
    /// <summary>Breaks it: the client gets a RST, after what it has been sent.</summary>
    public void Reset() => connection.Abort();

    /// <summary>Closes it at once, whatever was promised to follow: the client gets a FIN, after what it has been sent.</summary>
    public void Close()
    {
        Socket socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The client was faster.
        }

        connection.Abort();
    }
}
