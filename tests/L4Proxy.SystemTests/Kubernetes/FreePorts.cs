using System.Net;
using System.Net.Sockets;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Ports of loopback for listeners whose number has to be known beforehand.</summary>
internal static class FreePorts
{
    // Below the ports that Linux gives to connections (net.ipv4.ip_local_port_range begins at 32768), so that none of them
    // takes one in between.
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <summary>So many different ones.</summary>
    public static int[] Take(int count)
    {
        HashSet<int> ports = [];
        while (ports.Count < count)
        {
            int port = Random.Shared.Next(First, Last);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
