using BenchmarkDotNet.Attributes;
using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;

namespace L4Proxy.Microbench.Benchmarks;

/// <summary>PROXY headers of clients are read, and those for endpoints written.</summary>
public class ProxyHeaderBenchmarks
{
    private static readonly ProxyHeader s_ipv4 = new(ClientAddress.FromIPv4(0xCB007107, 51_234), ClientAddress.FromIPv4(0x0A600001, 443));

    private static readonly ProxyProtocolOptions s_text = new() { Send = ProxyProtocolVersion.V1 };
    private static readonly ProxyProtocolOptions s_binary = new() { Send = ProxyProtocolVersion.V2 };
    private static readonly ProxyProtocolOptions s_summed = new() { Send = ProxyProtocolVersion.V2, SendChecksum = true };

    private readonly byte[] _text = Written(s_text);
    private readonly byte[] _binary = Written(s_binary);
    private readonly byte[] _summed = Written(s_summed);
    private readonly byte[] _buffer = new byte[ProxyHeaderWriter.MaxLength];

    [Benchmark]
    public int ReadV1() => Read(_text);

    [Benchmark]
    public int ReadV2() => Read(_binary);

    [Benchmark]
    public int ReadV2WithChecksum() => Read(_summed);

    [Benchmark]
    public int WriteV1() => ProxyHeaderWriter.Write(s_text, s_ipv4, _buffer);

    [Benchmark]
    public int WriteV2() => ProxyHeaderWriter.Write(s_binary, s_ipv4, _buffer);

    private static int Read(byte[] bytes) => ProxyHeaderReader.Read(bytes, out _, out int length) == ProxyHeaderStatus.Complete
        ? length
        : throw new InvalidOperationException("the header is not read whole");

    private static byte[] Written(ProxyProtocolOptions options)
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        return bytes[..ProxyHeaderWriter.Write(options, s_ipv4, bytes)];
    }
}
