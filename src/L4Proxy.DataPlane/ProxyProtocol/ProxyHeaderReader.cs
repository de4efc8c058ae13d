namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>
/// Recognises a PROXY header of either version at the beginning of a stream. Pure and without an allocation: the caller
/// shows all bytes that have arrived so far, again with each further one, and takes no more than the header's length.
/// </summary>
internal static class ProxyHeaderReader
{
    /// <summary>
    /// The longest header that is taken, in bytes. Addresses take 232 bytes at most; the rest is for TLVs, for which the
    /// specification has no bound but 64 KiB. nginx draws the line here too.
    /// </summary>
    public const int MaxLength = 4096;

    /// <summary>Looks at what has arrived.</summary>
    /// <param name="bytes">The stream from its first byte; those beyond <see cref="MaxLength"/> are of no use.</param>
    /// <param name="header">What a complete header says.</param>
    /// <param name="length">How many bytes a complete header has.</param>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = ProxyHeader.Local;
        length = 0;
        if (bytes.IsEmpty)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        return bytes[0] == ProxyV2.Signature[0]
            ? ProxyV2.Read(bytes, out header, out length)
            : ProxyV1.Read(bytes, out header, out length);
    }

    /// <summary>Whether two sequences agree as far as both go.</summary>
    internal static bool Agree(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> expected)
    {
        int common = Math.Min(bytes.Length, expected.Length);
        return bytes[..common].SequenceEqual(expected[..common]);
    }
}
