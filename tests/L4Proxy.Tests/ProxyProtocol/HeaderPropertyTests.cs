using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using Xunit;

namespace L4Proxy.Tests.ProxyProtocol;

/// <summary>What holds for every header, and for everything that is none.</summary>
public sealed class HeaderPropertyTests
{
    /// <summary>Long enough for some hundred thousand inputs, short enough to run each time.</summary>
    private static readonly TimeSpan s_fuzzTime = TimeSpan.FromSeconds(2);

    private static Gen<ClientAddress> Addresses { get; } =
        from isIPv4 in Gen.Elements(true, false)
        from groups in Gen.Frequency((3, Gen.Choose(0, 0xFFFF)), (2, Gen.Constant(0)), (1, Gen.Constant(0xFFFF))).ArrayOf(8)
        from port in Gen.Choose(0, 0xFFFF)
        select isIPv4
            ? ClientAddress.FromIPv4(((uint)groups[0] << 16) | (uint)groups[1], (ushort)port)
            : new ClientAddress(groups.Aggregate((UInt128)0, (sum, g) => (sum << 16) | (uint)g), (ushort)port);

    private static Gen<ProxyHeader> Headers { get; } =
        from source in Addresses
        from destination in Addresses
        from isLocal in Gen.Frequency((1, Gen.Constant(true)), (9, Gen.Constant(false)))
        select isLocal ? ProxyHeader.Local : new ProxyHeader(source, destination);

    private static Gen<(ProxyHeader Header, byte[] Bytes)> Written { get; } =
        from header in Headers
        from version in Gen.Elements(ProxyProtocolVersion.V1, ProxyProtocolVersion.V2)
        from checksum in Gen.Elements(true, false)
        select (header, Write(header, new ProxyProtocolOptions { Send = version, SendChecksum = checksum }));

    [Fact]
    public void Read_WhatWasWritten_IsTheSame() =>
        Prop.ForAll(Written.ToArbitrary(), w => HeaderBytes.Read(w.Bytes) == (ProxyHeaderStatus.Complete, w.Header, w.Bytes.Length))
            .QuickCheckThrowOnFailure();

    /// <summary>However the bytes are split, each beginning is incomplete, and what follows the header changes nothing.</summary>
    [Fact]
    public void Read_AnySplit_GivesTheSame() => Prop.ForAll(Written.ToArbitrary(), w =>
    {
        byte[] stream = [.. w.Bytes, .. "\r\n after \r\n"u8];
        for (int i = 0; i <= stream.Length; i++)
        {
            (ProxyHeaderStatus status, ProxyHeader header, int length) = HeaderBytes.Read(stream.AsSpan(0, i));
            bool expected = i < w.Bytes.Length
                ? status == ProxyHeaderStatus.Incomplete
                : (status, header, length) == (ProxyHeaderStatus.Complete, w.Header, w.Bytes.Length);
            if (!expected)
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    /// <summary>A system's own parser agrees with the text of an address.</summary>
    [Fact]
    public void Format_AnyAddress_IsReadTheSameBySystemParser() => Prop.ForAll(Addresses.ToArbitrary(), a =>
    {
        byte[] text = new byte[64];
        int length = AddressText.Format(a.Address, a.IsIPv4, text);
        return System.Net.IPAddress.TryParse(System.Text.Encoding.ASCII.GetString(text, 0, length), out System.Net.IPAddress? parsed)
            && ClientAddress.From(new System.Net.IPEndPoint(parsed, a.Port)) == a;
    }).QuickCheckThrowOnFailure();

    /// <summary>
    /// Any mutation of any header: nothing throws, no length exceeds what is there, a verdict once given stays whatever else
    /// arrives, and what is taken for a header does not depend on what follows.
    /// </summary>
    [Fact]
    public void Read_MutatedHeaders_NeverThrowAndNeverChangeTheirMind()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        byte[][] seeds = Seeds();
        byte[] buffer = new byte[ProxyHeaderReader.MaxLength + 64];
        long start = Stopwatch.GetTimestamp();
        int inputs = 0;
        for (; Stopwatch.GetElapsedTime(start) < s_fuzzTime; inputs++)
        {
            int length = Mutate(random, seeds[random.Next(seeds.Length)], buffer);
            string? fault = FindFault(buffer.AsSpan(0, length), random);
            Assert.True(fault is null, $"{fault}; seed {seed}, input {Convert.ToHexString(buffer, 0, length)}");
        }

        Assert.True(inputs > 1000, $"only {inputs} inputs in {s_fuzzTime}");
    }

    [Fact]
    public void ReadAndWrite_AllocateNothing()
    {
        byte[] one = Write(HeaderBytes.Header6, new ProxyProtocolOptions { Send = ProxyProtocolVersion.V1 });
        byte[] two = Write(HeaderBytes.Header6, new ProxyProtocolOptions { Send = ProxyProtocolVersion.V2, SendChecksum = true });
        ProxyProtocolOptions v1 = new() { Send = ProxyProtocolVersion.V1 };
        byte[] into = new byte[ProxyHeaderWriter.MaxLength];
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Use();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Use()
        {
            _ = ProxyHeaderReader.Read(one, out _, out _);
            _ = ProxyHeaderReader.Read(two, out _, out _);
            _ = ProxyHeaderWriter.Write(v1, HeaderBytes.Header6, into);
            _ = ProxyHeaderWriter.Write(v1, HeaderBytes.Header4, into);
        }
    }

    private static byte[] Write(in ProxyHeader header, ProxyProtocolOptions options)
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        return bytes[..ProxyHeaderWriter.Write(options, header, bytes)];
    }

    private static byte[][] Seeds() =>
    [
        HeaderBytes.V1("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"),
        HeaderBytes.V1("PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 65535\r\nGET / HTTP/1.1\r\n"),
        HeaderBytes.V1("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
        HeaderBytes.V2(0x20, 0),
        HeaderBytes.V2(0x21, 0x11, [.. HeaderBytes.Block4, .. HeaderBytes.Tlv(0x04, 1, 2), .. HeaderBytes.Tlv(0xE0, new byte[40])]),
        HeaderBytes.V2(0x21, 0x31, [.. new byte[216], .. HeaderBytes.Tlv(0x05, new byte[128])]),
        Write(HeaderBytes.Header6, new ProxyProtocolOptions { Send = ProxyProtocolVersion.V2, SendChecksum = true }),
    ];

    /// <summary>Changes, removes, repeats and inserts bytes; the number that there are then.</summary>
    private static int Mutate(Random random, byte[] original, byte[] buffer)
    {
        List<byte> bytes = [.. original];
        for (int changes = random.Next(5); changes >= 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 32), bytes.Count - at)));
                    break;
                default:
                    bytes.Insert(at, " \r\n.:0"u8[random.Next(6)]);
                    break;
            }
        }

        int length = Math.Min(bytes.Count, buffer.Length);
        bytes.CopyTo(0, buffer, 0, length);
        return length;
    }

    private static string? FindFault(ReadOnlySpan<byte> bytes, Random random)
    {
        (ProxyHeaderStatus Status, ProxyHeader Header, int Length) all = HeaderBytes.Read(bytes);
        if (all.Status == ProxyHeaderStatus.Complete)
        {
            return all.Length > bytes.Length || all.Length > ProxyHeaderReader.MaxLength ? "a length beyond the bytes"
                : HeaderBytes.Read(bytes[..all.Length]) != all ? "what follows the header changed it"
                : HeaderBytes.Read(bytes[..random.Next(all.Length)]).Status != ProxyHeaderStatus.Incomplete ? "a beginning was not incomplete"
                : null;
        }

        (ProxyHeaderStatus Status, ProxyHeader Header, int Length) part = HeaderBytes.Read(bytes[..random.Next(bytes.Length + 1)]);
        return part.Status == ProxyHeaderStatus.Complete ? "a beginning was complete"
            : part.Status == ProxyHeaderStatus.Invalid && all.Status != ProxyHeaderStatus.Invalid ? "an invalid beginning became valid"
            : all.Header.HasAddresses ? "addresses without a header"
            : null;
    }
}
