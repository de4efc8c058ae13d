namespace L4Proxy.DataPlane.Balancing;

/// <summary>Hashes that are the same in every process and version, because proxies must agree on them. Not secret.</summary>
internal static class StableHash
{
    /// <summary>FNV-1a over UTF-16 code units with a final mix, since FNV alone leaves the high bits of short text poor.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong seed)
    {
        // Offset basis and prime of 64-bit FNV (draft-eastlake-fnv).
        ulong hash = 0xcbf29ce484222325 ^ Mix(seed);
        foreach (char c in text)
        {
            hash = (hash ^ c) * 0x100000001b3;
        }

        return Mix(hash);
    }

    public static ulong Of(UInt128 value, int salt) => Mix((ulong)value ^ Mix((ulong)(value >> 64) ^ Mix((uint)salt)));

    /// <summary>The output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
