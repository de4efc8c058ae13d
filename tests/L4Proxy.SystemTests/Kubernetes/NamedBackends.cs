using System.Net;
using L4Proxy.Testing;
using L4Proxy.Testing.Backends;
using L4Proxy.Testing.Clients;
using Xunit;

namespace L4Proxy.SystemTests.Kubernetes;

/// <summary>Backends on one port of addresses 127.1.0.N, as Pods have one port on many addresses. Each says its address, then echoes.</summary>
internal sealed class NamedBackends : IAsyncDisposable
{
    private readonly TcpBackend[] _backends;

    private NamedBackends(TcpBackend[] backends) => _backends = backends;

    public int Port => _backends[0].EndPoint.Port;

    public IReadOnlyList<string> Addresses => [.. _backends.Select(b => b.EndPoint.Address.ToString())];

    public static NamedBackends Start(int count)
    {
        TcpBackend first = Start(new IPEndPoint(AddressOf(0), 0));
        return new NamedBackends([first, .. Enumerable.Range(1, count - 1).Select(i => Start(new IPEndPoint(AddressOf(i), first.EndPoint.Port)))]);
    }

    /// <summary>The address that a connection leads to; null when it is refused or reset.</summary>
    public static async Task<string?> AskAsync(IPEndPoint target)
    {
        try
        {
            using TcpPeer client = await TcpPeer.ConnectAsync(target);
            string name = await ReadNameAsync(client);
            return name.Length == 0 ? null : name;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    /// <summary>Reads the line with the address, no byte more.</summary>
    public static async Task<string> ReadNameAsync(TcpPeer client)
    {
        string name = "";
        while (!name.EndsWith('\n') && await client.ReceiveTextAsync(1) is { Length: 1 } next)
        {
            name += next;
        }

        return name.TrimEnd('\n');
    }

    /// <summary>Waits until new connections are led to exactly these addresses, in whatever order; to none when they are refused.</summary>
    public static async Task WaitForAsync(IPEndPoint target, params IReadOnlyCollection<string> addresses)
    {
        HashSet<string> expected = [.. addresses];
        HashSet<string> seen = [];
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        do
        {
            seen = [];
            for (int i = 0; i < (2 * expected.Count) + 1; i++)
            {
                if (await AskAsync(target) is { } name)
                {
                    seen.Add(name);
                }
            }
        }
        while (!seen.SetEquals(expected) && System.Diagnostics.Stopwatch.GetElapsedTime(start) < Deadline.Default);

        Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TcpBackend backend in _backends)
        {
            await backend.DisposeAsync();
        }
    }

    private static TcpBackend Start(IPEndPoint address) => TcpBackend.Start(address, async (connection, stopping) =>
    {
        await connection.SendTextAsync($"{connection.LocalEndPoint.Address}\n");
        await Scripts.Echo(connection, stopping);
    });

    private static IPAddress AddressOf(int index) => new([127, 1, 0, (byte)(index + 1)]);
}
