using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>Ports of 127.0.0.1 to listen on, none of them twice.</summary>
/// <remarks>They lie below those that the kernel gives to outgoing connections: a client could take one of these before its listener does.</remarks>
internal sealed class FreePorts
{
    private const int Lowest = 10_000;

    private readonly int _end = FirstEphemeral();
    private readonly int _count;
    private int _next;
    private int _tried;

    /// <summary>Begins anywhere: others who look for ports at the same time are then unlikely to find the same ones free.</summary>
    public FreePorts()
    {
        _count = _end - Lowest;
        _next = Random.Shared.Next(_count);
    }

    /// <exception cref="LoadException">There are no more.</exception>
    public IPEndPoint Take()
    {
        while (_tried++ < _count)
        {
            IPEndPoint candidate = new(IPAddress.Loopback, Lowest + (_next++ % _count));
            if (IsFree(candidate))
            {
                return candidate;
            }
        }

        throw new LoadException($"there is no free port on 127.0.0.1 from {Lowest} to {_end - 1}");
    }

    public ImmutableArray<IPEndPoint> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take())];

    private static bool IsFree(IPEndPoint address)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(address);
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FirstEphemeral()
    {
        // The default of Linux.
        const int Usual = 32_768;
        try
        {
            string[] range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t', ' ');
            int first = int.Parse(range[0], CultureInfo.InvariantCulture);
            return first > Lowest + 5_000 ? first : IPEndPoint.MaxPort;
        }
        catch (IOException)
        {
            return Usual;
        }
    }
}
