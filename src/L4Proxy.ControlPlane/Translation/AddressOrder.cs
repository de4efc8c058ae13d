using System.Net;
using System.Net.Sockets;

namespace L4Proxy.ControlPlane.Translation;

/// <summary>A stable order of addresses: IPv4 before IPv6, then by number, then by port.</summary>
internal sealed class AddressOrder : IComparer<IPEndPoint>
{
    public static readonly AddressOrder Instance = new();

    public int Compare(IPEndPoint? x, IPEndPoint? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        int order = Compare(x.Address, y.Address);
        return order != 0 ? order : x.Port.CompareTo(y.Port);
    }

    public static int Compare(IPAddress x, IPAddress y)
    {
        if (x.AddressFamily != y.AddressFamily)
        {
            return x.AddressFamily == AddressFamily.InterNetwork ? -1 : 1;
        }

        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        _ = x.TryWriteBytes(left, out int leftLength);
        _ = y.TryWriteBytes(right, out int rightLength);
        return left[..leftLength].SequenceCompareTo(right[..rightLength]);
    }
}
