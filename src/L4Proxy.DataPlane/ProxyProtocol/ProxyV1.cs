using System.Buffers.Text;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>Version 1 (section 2.1 of the specification): a line of text.</summary>
internal static class ProxyV1
{
    /// <summary>The longest line, CRLF included.</summary>
    public const int MaxLength = 107;

    private static ReadOnlySpan<byte> Prefix => "PROXY "u8;

    private static ReadOnlySpan<byte> Unknown => "UNKNOWN"u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int length)
    {
        header = ProxyHeader.Local;
        length = 0;
        if (!ProxyHeaderReader.Agree(bytes, Prefix))
        {
            return ProxyHeaderStatus.Invalid;
        }

        ReadOnlySpan<byte> window = bytes[..Math.Min(bytes.Length, MaxLength)];
        int end = window.IndexOf(LineEnd);
        if (end < 0)
        {
            return window.Length < MaxLength && MayGoOn(window) ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Invalid;
        }

        length = end + LineEnd.Length;
        return end >= Prefix.Length && TryParse(window[Prefix.Length..end], out header) ? ProxyHeaderStatus.Complete : ProxyHeaderStatus.Invalid;
    }

    /// <summary>Writes the line; IPv4 beside IPv6 is written in its mapped form, as HAProxy does.</summary>
    /// <returns>The number of bytes: <see cref="MaxLength"/> at most.</returns>
    public static int Write(in ProxyHeader header, Span<byte> destination)
    {
        if (!header.HasAddresses)
        {
            "PROXY UNKNOWN\r\n"u8.CopyTo(destination);
            return "PROXY UNKNOWN\r\n"u8.Length;
        }

        bool isIPv4 = header.Source.IsIPv4 && header.Destination.IsIPv4;
        (isIPv4 ? "PROXY TCP4 "u8 : "PROXY TCP6 "u8).CopyTo(destination);
        int length = "PROXY TCP4 "u8.Length;
        WriteAddress(header.Source, isIPv4, destination, ref length);
        WriteAddress(header.Destination, isIPv4, destination, ref length);
        WritePort(header.Source.Port, (byte)' ', destination, ref length);
        WritePort(header.Destination.Port, (byte)'\r', destination, ref length);
        destination[length++] = (byte)'\n';
        return length;
    }

    /// <summary>
    /// Whether a line without its end can still become valid. A lone CR or LF ends no line and is part of no address; to
    /// say so at once tells a sender of bad lines more than a time-out would.
    /// </summary>
    private static bool MayGoOn(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line.Length > Prefix.Length ? line[Prefix.Length..] : [];
        return ProxyHeaderReader.Agree(rest, Unknown)
            || (rest[..^1].IndexOfAny((byte)'\r', (byte)'\n') < 0 && rest[^1] != (byte)'\n'
                && (ProxyHeaderReader.Agree(rest, "TCP4 "u8) || ProxyHeaderReader.Agree(rest, "TCP6 "u8)));
    }

    /// <summary>Reads what stands between the prefix and the end of the line.</summary>
    private static bool TryParse(ReadOnlySpan<byte> line, out ProxyHeader header)
    {
        header = ProxyHeader.Local;
        if (line.StartsWith(Unknown))
        {
            // Whatever else the line says is to be ignored.
            return line.Length == Unknown.Length || line[Unknown.Length] == (byte)' ';
        }

        bool isIPv4 = line.StartsWith("TCP4 "u8);
        if (!isIPv4 && !line.StartsWith("TCP6 "u8))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line["TCP4 "u8.Length..];
        if (AddressText.TryParse(NextField(ref rest), isIPv4, out UInt128 source)
            && AddressText.TryParse(NextField(ref rest), isIPv4, out UInt128 destination)
            && TryParsePort(NextField(ref rest), out ushort sourcePort)
            && TryParsePort(rest, out ushort destinationPort))
        {
            header = new ProxyHeader(new ClientAddress(source, sourcePort), new ClientAddress(destination, destinationPort));
            return true;
        }

        return false;
    }

    /// <summary>The text before the next space; empty, which no field may be, when there is none.</summary>
    private static ReadOnlySpan<byte> NextField(ref ReadOnlySpan<byte> rest)
    {
        int space = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = space < 0 ? [] : rest[..space];
        rest = space < 0 ? [] : rest[(space + 1)..];
        return field;
    }

    private static bool TryParsePort(ReadOnlySpan<byte> text, out ushort port) => AddressText.TryParseDecimal(text, ushort.MaxValue, out port);

    private static void WriteAddress(in ClientAddress client, bool isIPv4, Span<byte> destination, ref int length)
    {
        length += AddressText.Format(client.Address, isIPv4, destination[length..]);
        destination[length++] = (byte)' ';
    }

    private static void WritePort(ushort port, byte after, Span<byte> destination, ref int length)
    {
        _ = Utf8Formatter.TryFormat(port, destination[length..], out int written);
        length += written;
        destination[length++] = after;
    }
}
