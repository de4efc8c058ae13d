using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using L4Proxy.DataPlane.Engines.Linux.Interop;

namespace L4Proxy.Loadbench.Load;

/// <summary>Where the connections of one thread go, in turn, as the kernel takes addresses.</summary>
internal sealed class LoadTargets(ImmutableArray<IPEndPoint> targets, int first)
{
    /// <summary>
    /// Connections from one local address to one target. The usual range of local ports has 28,232 (net.ipv4.ip_local_port_range), and the
    /// search for a free one gets slow towards its end.
    /// </summary>
    private const int ConnectionsPerSource = 20_000;

    private readonly (byte[] Address, int Family)[] _targets = [.. targets.Select(t => (Native(t), FamilyOf(t)))];
    private int _next = first;

    public (byte[] Address, int Family) Next()
    {
        int next = _next;
        _next = next + 1 == int.MaxValue ? 0 : next + 1;
        return _targets[next % _targets.Length];
    }

    /// <summary>
    /// The local address of a connection: the system's choice, until one address has too few ports. All of 127.0.0.0/8 is of this host
    /// (RFC 1122, 3.2.1.3), so that on loopback there are more.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="index">Number of the connection among those of all threads.</param>
    public static ReadOnlyMemory<byte> SourceOf(LoadPlan plan, int index)
    {
        int source = index / plan.Targets.Length / ConnectionsPerSource;
        return source > 0 && plan.Targets.All(t => t.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(t.Address))
            ? Native(new IPEndPoint(new IPAddress([127, 0, (byte)(source >> 8), (byte)(source + 1)]), 0))
            : default;
    }

    private static int FamilyOf(IPEndPoint target) => target.AddressFamily == AddressFamily.InterNetwork ? Kernel.AF_INET : Kernel.AF_INET6;

    private static byte[] Native(IPEndPoint address)
    {
        SocketAddress native = address.Serialize();
        return native.Buffer.Span[..native.Size].ToArray();
    }
}
