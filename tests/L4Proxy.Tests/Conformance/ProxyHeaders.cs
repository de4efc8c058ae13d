using L4Proxy.DataPlane.ProxyProtocol;
using L4Proxy.DataPlane.Services;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.Tests.Conformance;

/// <summary>Both ends of a PROXY header on the wire.</summary>
internal static class ProxyHeaders
{
    /// <summary>Loopback of both families, where all clients of the tests are.</summary>
    public static NetworkSet Loopback { get; } = NetworkSet.Of([System.Net.IPNetwork.Parse("127.0.0.0/8"), System.Net.IPNetwork.Parse("::1/128")]);

    /// <summary>A backend that expects a header, says what it read of it, and echoes what follows.</summary>
    public static BackendScript TellAndEcho { get; } = async (connection, stopping) =>
    {
        (ProxyHeader header, _) = await ReceiveAsync(connection);
        await connection.SendTextAsync(Line(header));
        await Scripts.Echo(connection, stopping);
    };

    /// <summary>What <see cref="TellAndEcho"/> says of a header.</summary>
    public static string Line(in ProxyHeader header) => header.HasAddresses ? $"{header.Source} {header.Destination}\n" : "local\n";

    /// <summary>Reads a header byte by byte, so that nothing after it is taken.</summary>
    public static async Task<(ProxyHeader Header, byte[] Bytes)> ReceiveAsync(TcpPeer connection)
    {
        List<byte> bytes = [];
        byte[] next = new byte[1];
        while (await connection.ReceiveAsync(next) == 1)
        {
            bytes.Add(next[0]);
            ProxyHeaderStatus status = ProxyHeaderReader.Read(bytes.ToArray(), out ProxyHeader header, out _);
            Assert.NotEqual(ProxyHeaderStatus.Invalid, status);
            if (status == ProxyHeaderStatus.Complete)
            {
                return (header, [.. bytes]);
            }
        }

        throw new OperationCanceledException("the connection ended before its header was complete");
    }

    public static byte[] Write(ProxyProtocolVersion version, in ProxyHeader header, bool checksum = false)
    {
        byte[] bytes = new byte[ProxyHeaderWriter.MaxLength];
        int length = ProxyHeaderWriter.Write(new ProxyProtocolOptions { Send = version, SendChecksum = checksum }, header, bytes);
        return bytes[..length];
    }
}
