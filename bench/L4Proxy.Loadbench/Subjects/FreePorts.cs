using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L4Proxy.Loadbench.Load;

namespace L4Proxy.Loadbench.Subjects;

/// <summary>Ports of 127.0.0.1 to listen on, none of them twice at a time.</summary>
/// <remarks>
/// They lie below those that the kernel gives to outgoing connections: a client could take one of these before its listener does. There are
/// fewer of them than a long run needs, so those of a <see cref="Lease"/> come back, and the one that came back first is given again first.
/// </remarks>
internal sealed class FreePorts
{
    private const int Lowest = 10_000;

    private readonly int _lowest;
    private readonly int _count;
    private readonly HashSet<int> _held = [];
    private List<int>? _leased;
    private int _next;

    /// <summary>Begins anywhere: others who look for ports at the same time are then unlikely to find the same ones free.</summary>
    public FreePorts()
        : this(Lowest, FirstEphemeral() - Lowest)
    {
    }

    /// <summary>Of so many ports from the lowest on.</summary>
    internal FreePorts(int lowest, int count)
    {
        _lowest = lowest;
        _count = count;
        _next = Random.Shared.Next(count);
    }

    /// <exception cref="LoadException">There are no more.</exception>
    public IPEndPoint Take()
    {
        for (int tried = 0; tried < _count; tried++)
        {
            IPEndPoint candidate = new(IPAddress.Loopback, _lowest + _next);
            _next = (_next + 1) % _count;
            if (!_held.Contains(candidate.Port) && IsFree(candidate))
            {
                _held.Add(candidate.Port);
                _leased?.Add(candidate.Port);
                return candidate;
            }
        }

        throw new LoadException($"there is no free port on 127.0.0.1 from {_lowest} to {_lowest + _count - 1}");
    }

    /// <summary>What is taken from now on comes back when this is disposed of; there is one at a time.</summary>
    public IDisposable Lease()
    {
        List<int> ports = [];
        _leased = ports;
        return new Leased(() =>
        {
            _leased = null;
            _held.ExceptWith(ports);
        });
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

    private sealed class Leased(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
