using System.Net;
using System.Net.Sockets;

namespace L4Proxy.Tests.Admin;

/// <summary>
/// Ports that nobody listens on, below the range from which the kernel takes local ports (32768 by default): a connection of
/// another test cannot get one between the choice and its use.
/// </summary>
internal static class NodePorts
{
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int s_next = Random.Shared.Next(Count);

    public static int Take()
    {
        while (true)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref s_next) % Count);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                socket.Listen(1);
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }
}
