using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace L4Proxy.Testing;

/// <summary>
/// An endless stream of bytes that depends on a seed and on the position only: any part of it can be made or
/// checked without what came before, so a gigabyte is compared byte by byte and never held. Every 8 bytes are
/// one output of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a lost, doubled or moved byte shows.
/// </summary>
public readonly record struct Payload(ulong Seed)
{
    private const ulong GoldenGamma = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Writes the bytes from a position on.</summary>
    public void Fill(Span<byte> target, long position)
    {
        int lead = (int)(-position & 7);
        if (lead > 0)
        {
            lead = FillPart(target, position);
            target = target[lead..];
            position += lead;
        }

        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(target);
        ulong state = Seed + ((ulong)(position >> 3) * GoldenGamma);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Mix(state += GoldenGamma);
        }

        if ((target.Length & 7) != 0)
        {
            int done = target.Length & ~7;
            FillPart(target[done..], position + done);
        }
    }

    /// <summary>Position of the first byte that differs from the stream, or -1.</summary>
    public long FirstDifference(ReadOnlySpan<byte> data, long position)
    {
        Span<byte> expected = stackalloc byte[4096];
        for (int done = 0; done < data.Length; done += expected.Length)
        {
            Span<byte> part = expected[..Math.Min(expected.Length, data.Length - done)];
            Fill(part, position + done);
            int same = data.Slice(done, part.Length).CommonPrefixLength(part);
            if (same < part.Length)
            {
                return position + done + same;
            }
        }

        return -1;
    }

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes, 0);
        return bytes;
    }

    private int FillPart(Span<byte> target, long position)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(Seed + (((ulong)(position >> 3) + 1) * GoldenGamma)));
        Span<byte> part = word[(int)(position & 7)..];
        part = part[..Math.Min(part.Length, target.Length)];
        part.CopyTo(target);
        return part.Length;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
