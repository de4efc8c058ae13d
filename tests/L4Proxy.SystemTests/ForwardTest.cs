using System.Net;
using System.Net.Sockets;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests;

/// <summary>What the tests of a forwarding process share.</summary>
public abstract class ForwardTest
{
    /// <summary>Both engines by their names on the command line.</summary>
    public static TheoryData<string> Engines { get; } = new("linux", "portable");

    /// <summary>The first word of a backend that says its name; null when the connection was refused or reset.</summary>
    internal static async Task<string?> AskNameAsync(IPEndPoint target)
    {
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(target);
            return await ReadNameAsync(client);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    internal static async Task<string> ReadNameAsync(TcpPeer client) => (await client.ReceiveTextAsync(2)).TrimEnd('\n');

    /// <summary>An exchange, so that the connection is known to be served.</summary>
    internal static async Task PingAsync(TcpPeer client)
    {
        await client.SendTextAsync("ping");
        Assert.Equal("ping", await client.ReceiveTextAsync(4));
    }
}
