using System.Buffers.Text;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.DataPlane.ProxyProtocol;

/// <summary>
/// Addresses as version 1 of the PROXY protocol writes them, without an allocation and without the leniency of
/// <see cref="System.Net.IPAddress"/>: no octal or partial IPv4, no zone, no brackets. Values are those of
/// <see cref="ClientAddress"/>.
/// </summary>
internal static class AddressText
{
    private const int Groups = 8;

    public static bool TryParse(ReadOnlySpan<byte> text, bool isIPv4, out UInt128 address)
    {
        if (!isIPv4)
        {
            return TryParseIPv6(text, out address);
        }

        bool valid = TryParseIPv4(text, out uint number);
        address = ClientAddress.FromIPv4(number, 0).Address;
        return valid;
    }

    /// <summary>Reads a decimal number without a sign and without leading zeros.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> text, int max, out ushort value)
    {
        // Five digits are the most that a port has; more would overflow.
        bool shaped = text.Length is > 0 and <= 5 && (text[0] != (byte)'0' || text.Length == 1);
        int number = 0;
        foreach (byte c in shaped ? text : [])
        {
            shaped &= char.IsAsciiDigit((char)c);
            number = (number * 10) + (c - '0');
        }

        value = (ushort)number;
        return shaped && number <= max;
    }

    /// <summary>Writes four octets, or an IPv6 address in the form of RFC 5952, an IPv4-mapped one in hexadecimal too.</summary>
    /// <returns>The number of bytes: 39 at most.</returns>
    public static int Format(UInt128 address, bool isIPv4, Span<byte> destination) =>
        isIPv4 ? FormatIPv4((uint)address, destination) : FormatIPv6(address, destination);

    private static bool TryParseIPv4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        for (int octet = 0; octet < 4; octet++)
        {
            int dot = octet < 3 ? text.IndexOf((byte)'.') : text.Length;
            if (dot < 0 || !TryParseDecimal(text[..dot], byte.MaxValue, out ushort value))
            {
                return false;
            }

            address = (address << 8) | value;
            text = octet < 3 ? text[(dot + 1)..] : [];
        }

        return true;
    }

    /// <summary>
    /// Groups of up to four hexadecimal digits, with at most one double colon for one group or more. The last two groups may
    /// be an IPv4 address in octets, which inet_ntop(3) and so HAProxy writes for a mapped one.
    /// </summary>
    private static bool TryParseIPv6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = 0;
        int gap = text.IndexOf("::"u8);
        if (gap < 0)
        {
            return TryParseGroups(text, out address, out int all) && all == Groups;
        }

        bool valid = TryParseGroups(text[..gap], out UInt128 high, out int before, mayEndInIPv4: false)
            & TryParseGroups(text[(gap + 2)..], out UInt128 low, out int after);
        if (!valid || before + after >= Groups)
        {
            return false;
        }

        address = before == 0 ? low : (high << (16 * (Groups - before))) | low;
        return true;
    }

    private static bool TryParseGroups(ReadOnlySpan<byte> text, out UInt128 value, out int count, bool mayEndInIPv4 = true)
    {
        value = 0;
        count = 0;
        while (!text.IsEmpty)
        {
            int colon = text.IndexOf((byte)':');
            ReadOnlySpan<byte> group = colon < 0 ? text : text[..colon];
            if (colon < 0 && mayEndInIPv4 && TryParseIPv4(group, out uint octets))
            {
                value = (value << 32) | octets;
                count += 2;
                return count <= Groups;
            }

            // A colon at the end has no group after it.
            if (count == Groups || colon == text.Length - 1 || !TryParseHex(group, out uint digits))
            {
                return false;
            }

            value = (value << 16) | digits;
            count++;
            text = colon < 0 ? [] : text[(colon + 1)..];
        }

        return true;
    }

    private static bool TryParseHex(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        foreach (byte c in text)
        {
            if (!char.IsAsciiHexDigit((char)c))
            {
                return false;
            }

            value = (value << 4) | (uint)(char.IsAsciiDigit((char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
        }

        return text.Length is > 0 and <= 4;
    }

    private static int FormatIPv4(uint address, Span<byte> destination)
    {
        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            _ = Utf8Formatter.TryFormat((byte)(address >> shift), destination[length..], out int written);
            length += written;
            if (shift > 0)
            {
                destination[length++] = (byte)'.';
            }
        }

        return length;
    }

    private static int FormatIPv6(UInt128 address, Span<byte> destination)
    {
        (int gapStart, int gapLength) = LongestZeros(address);
        int length = 0;
        for (int i = 0; i < Groups; i++)
        {
            if (i == gapStart)
            {
                destination[length++] = (byte)':';
                i += gapLength - 1;
                if (i == Groups - 1)
                {
                    destination[length++] = (byte)':';
                }

                continue;
            }

            if (i > 0)
            {
                destination[length++] = (byte)':';
            }

            _ = Group(address, i).TryFormat(destination[length..], out int written, "x", System.Globalization.CultureInfo.InvariantCulture);
            length += written;
        }

        return length;
    }

    /// <summary>The first of the longest runs of two zero groups or more; at -1 when there is none.</summary>
    private static (int Start, int Length) LongestZeros(UInt128 address)
    {
        (int Start, int Length) longest = (-1, 1);
        int run = 0;
        for (int i = 0; i < Groups; i++)
        {
            run = Group(address, i) == 0 ? run + 1 : 0;
            if (run > longest.Length)
            {
                longest = (i - run + 1, run);
            }
        }

        return longest;
    }

    private static ushort Group(UInt128 address, int index) => (ushort)(address >> (16 * (Groups - 1 - index)));
}
