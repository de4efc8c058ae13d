using System.Text;

namespace L4Proxy.Testing.Kubernetes;

/// <summary>Puts answers together.</summary>
internal static class Bytes
{
    public static byte[] Of(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default)
    {
        byte[] all = new byte[first.Length + second.Length + third.Length];
        first.CopyTo(all);
        second.CopyTo(all.AsSpan(first.Length));
        third.CopyTo(all.AsSpan(first.Length + second.Length));
        return all;
    }
}
