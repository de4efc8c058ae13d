using System.Text;

namespace L4Proxy.ControlPlane.Kubernetes.Json;

/// <summary>
/// Gives one string for texts that repeat, such as names of nodes, zones and namespaces, so that many endpoints stay
/// small. Forgets: a text that was not seen for a while is a new string the next time. For one thread at a time.
/// </summary>
internal sealed class StringPool
{
    // A power of two, several times the number of names that a large cluster repeats (5,000 nodes are the tested limit
    // of Kubernetes); 128 KiB of references.
    private const int Slots = 16384;

    // Names of objects that others name are DNS labels of at most 63 characters (RFC 1123); longer texts hardly repeat.
    private const int MaxLength = 64;

    private readonly string?[] _strings = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0)
        {
            return "";
        }

        if (utf8.Length > MaxLength || !Ascii.IsValid(utf8))
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref string? slot = ref _strings[Hash(utf8) & (Slots - 1)];
        if (slot is null || !Ascii.Equals(utf8, slot))
        {
            slot = Encoding.ASCII.GetString(utf8);
        }

        return slot;
    }

    /// <summary>FNV-1a: collisions cost a string, nothing else.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash ^ (hash >> 15);
    }
}
